# expect: no option swapDevices.*.sise
{ ... }:

{
  swapDevices = [
    {
      device = "/x";
      sise = 1;
    }
  ];
}
