# expect: is not: boolean
{ ... }:

{
  services.openssh.enable = "yes";
}
