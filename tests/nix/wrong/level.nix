# expect: is no option but a level
{ ... }:

{
  boot.loader.grub = true;
}
