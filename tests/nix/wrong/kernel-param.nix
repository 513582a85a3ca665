# expect: is not: list of string, with spaces
{ ... }:

{
  boot.kernelParams = [ "a b" ];
}
