# expect: is not: non-empty
{ ... }:

{
  fileSystems."/".options = [ ];
}
