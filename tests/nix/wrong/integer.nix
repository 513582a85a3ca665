# expect: is not: null or signed integer
{ ... }:

{
  boot.loader.systemd-boot.configurationLimit = "10";
}
