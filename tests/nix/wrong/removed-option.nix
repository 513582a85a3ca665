# expect: no rule for the type 'unspecified value'
{ ... }:

{
  services.pipewire.config = "x";
}
