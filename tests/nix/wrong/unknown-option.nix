# expect: no option services.xserver.layout2
{ ... }:

{
  services.xserver.layout2 = "de";
}
