# expect: console.keyMap
{ ... }:

{
  console.keyMap = "us";
  console.keyMap = "de";
}
