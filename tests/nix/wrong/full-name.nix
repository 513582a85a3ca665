# expect: is not: string, not containing
{ ... }:

{
  users.users.x.description = "a:b";
}
