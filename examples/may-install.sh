#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A hook: with a status other than 0 the machine is not installed, and its disk stays as it is. On
# standard input is the plan, as `archibald plan --json` shows it.
plan=$(cat)
case $plan in
  *'"hostName": "archibald"'*) echo "this machine is not in the list of hosts"; exit 1 ;;
esac
echo "this machine may be installed as $ARCHIBALD_HOST_NAME"
