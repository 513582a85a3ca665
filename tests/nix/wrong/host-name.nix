# expect: networking.hostName = 'a.b' is not
{ ... }:

{
  networking.hostName = "a.b";
}
