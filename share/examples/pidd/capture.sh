#!/bin/sh
# Takes one capture from pidd with curl and prints the sealed PidData; 75 when it is worth trying again.
set -eu
answer=$(curl --silent --show-error --max-time 60 --unix-socket /run/pidd/pidd.sock -H 'Prefer: wait=30' -X CAPTURE \
    --data '<PidOptions ver="1.0"><Opts fCount="1" fType="0" format="0" pidVer="2.0" timeout="15000" env="P"/></PidOptions>' \
    http://localhost/rd/capture)
case $answer in
*'errCode="0"'*) printf '%s\n' "$answer" ;;
*'errCode="700"'* | *'errCode="710"'* | *'errCode="720"'*) printf '%s\n' "$answer" >&2 && exit 75 ;;
*) printf '%s\n' "$answer" >&2 && exit 1 ;;
esac
