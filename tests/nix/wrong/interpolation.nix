# expect: interpolates
{ ... }:

{
  console.keyMap = "${builtins.currentSystem}";
}
