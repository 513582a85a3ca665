# SPDX-License-Identifier: GPL-3.0-or-later
# What the harness's self-test puts in /etc/nixos.  Nobody evaluates its outputs: the
# stand-in for nixos-install goes to hosts/ directly.
{
  outputs = _: { };
}
