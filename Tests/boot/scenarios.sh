#!/bin/bash
# Runs inside the booted machine: plugs, pulls, asks and stops, and prints a line of passed or FAILED for each promise.
set -u
here=$(dirname "$0")
results=/results
gadget=/sys/kernel/config/usb_gadget/nb1010
finger=/run/finger
failed=0

# A promise: its name, and a command that shows it.
promise() {
    local name=$1 said
    shift
    if said=$("$@" 2>&1); then
        echo "passed $name"
    else
        failed=$((failed + 1))
        echo "FAILED $name"
        printf '%s\n' "$said" | tail -n 5 | sed 's/^/       /'
    fi
}

# Waits up to SECONDS for a command to succeed.
await() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || { echo "not within the time: $*" && return 1; }
        sleep 0.1
    done
}

active() { systemctl is-active --quiet "$1"; }
gone() { ! systemctl is-active --quiet "$1"; }
main_pid() { systemctl show --value -p MainPID pidd; }
ask() { curl --silent --show-error --max-time 20 --unix-socket /run/pidd/pidd.sock "$@"; }
ready() { ask -X RDSERVICE http://localhost/ | grep -q 'status="READY"'; }
capturing() { ask http://localhost/v1/status | grep -q '"capturing"'; }
plug() { echo dummy_udc.0 >$gadget/UDC; }
pull() { echo >$gadget/UDC; }

# The client as a member of the group pidd; OUTPUT is in the home of that user.
capture() { runuser -u clerk -- ekyc-client capture --timeout 60s --wait 30s -o "/home/clerk/$1"; }

# Expects a status of a program.
expect() {
    local wanted=$1 status=0
    shift
    "$@" || status=$?
    [[ " $wanted " == *" $status "* ]] || { echo "status $status instead of $wanted: $*" && return 1; }
}

# Begins a capture that nobody touches; `client` is its process.
begin() {
    rm -f $finger
    capture "$1" >/tmp/client.log 2>&1 &
    client=$!
    await 30 capturing
}

# Expects the client to end in time with one of some statuses.
client_ends() {
    local wanted=$1 seconds=$2 end status=0
    end=$((SECONDS + seconds))
    while kill -0 "$client" 2>/dev/null; do
        [ $SECONDS -lt $end ] || { echo "the client still waits" && kill "$client" && return 1; }
        sleep 0.1
    done
    wait "$client" || status=$?
    cat /tmp/client.log
    [[ " $wanted " == *" $status "* ]] || { echo "status $status instead of $wanted" && return 1; }
}

make_gadget() {
    modprobe -a libcomposite dummy_hcd usb_f_fs && mkdir -p $gadget && cd $gadget || return 1
    echo 0x298d >idVendor && echo 0x1010 >idProduct && echo full-speed >max_speed
    mkdir -p strings/0x409 configs/c.1 functions/ffs.nb1010 /run/ffs
    echo BOOT-TEST-1 >strings/0x409/serialnumber
    ln -sf functions/ffs.nb1010 configs/c.1/
    mount -t functionfs nb1010 /run/ffs
    cd / || return 1
    # Nothing of it may hold the pipe that `promise` reads.
    python3 "$here/gadget.py" /run/ffs "$here/capture.ioctl" $finger /run/gadget-ready </dev/null >/tmp/gadget.log 2>&1 &
    await 20 test -e /run/gadget-ready
}

# --- the promises ---

nothing_runs() { active pidd.socket && gone pidd && gone pidd-loopback.socket && active pidd-rotate.timer; }

node() { lsusb -d 298d:1010 | sed 's|Bus \(...\) Device \(...\):.*|/dev/bus/usb/\1/\2|'; }

private_node() {
    local found
    lsusb -v -d 298d:1010 | grep -q "bEndpointAddress     0x83" || { lsusb -v -d 298d:1010 && return 1; }
    found=$(stat -c '%U %G %a' "$(node)")
    [ "$found" = "pidd root 600" ] || { echo "$found" && return 1; }
    ! runuser -u clerk -- dd if="$(node)" of=/dev/null count=1
}

outsider() {
    local said status=0
    said=$(runuser -u visitor -- ekyc-client status 2>&1) || status=$?
    echo "$status: $said"
    [ $status = 77 ] && [[ $said == *"group 'pidd'"* && $said == *usermod* ]]
}

# The client is the clerk's, the daemon pidd's, and who asks is root.
named_to_others() {
    begin named.xml || return 1
    ask http://localhost/v1/status >/tmp/status
    touch $finger
    client_ends "0" 60 || return 1
    cat /tmp/status
    grep -q '"holder":{[^}]*"program":"ekyc-client"' /tmp/status && await 10 journal_names_clerk
}
journal_names_clerk() { journalctl -u pidd | grep -q "uid=$(id -u clerk) .*program=ekyc-client"; }

# A program of root, whose open files the daemon may not see.
held_by_root() {
    local claimer status
    systemctl stop pidd || return 1
    # USBDEVFS_CLAIMINTERFACE of interface 0.
    python3 -c 'import fcntl, os, struct, sys, time
node = os.open(sys.argv[1], os.O_RDWR)
fcntl.ioctl(node, 0x8004550F, struct.pack("I", 0))
open("/run/claimed", "w").close()
time.sleep(600)' "$(node)" </dev/null >/tmp/claimer.log 2>&1 &
    claimer=$!
    await 20 test -e /run/claimed && systemctl start pidd && await 20 told_as_held
    status=$?
    cat /tmp/claimer.log
    ask http://localhost/v1/status
    kill $claimer
    [ $status = 0 ] && await 40 ready
}
told_as_held() { ask http://localhost/v1/status | grep -q '; held by another program'; }

pulled_in_the_middle() { begin pulled.xml && pull && client_ends "69" 15 && active pidd && await 10 gone_scanner; }
gone_scanner() { ask -X RDSERVICE http://localhost/ | grep -q NOTREADY; }

many_replugs() {
    local pid
    pid=$(main_pid)
    for _ in $(seq 20); do
        plug && sleep "0.$((RANDOM % 5))" && pull && sleep "0.$((RANDOM % 3))" || return 1
    done
    plug
    [ "$(main_pid)" = "$pid" ] || { echo "another process" && return 1; }
    touch $finger
    await 30 ready && capture replugged.xml
}

restarted_under_a_client() {
    begin restarted.xml || return 1
    systemctl restart pidd || return 1
    touch $finger
    # 69 when pidd could still say that it stops.
    client_ends "0 69 75" 90 && capture after-restart.xml
}

killed_under_a_client() {
    local pid
    pid=$(main_pid)
    begin killed.xml && kill -KILL "$pid" && touch $finger && client_ends "0 75" 90 && await 20 active pidd
}

stopped_in_the_middle() {
    local start
    begin stopped.xml || return 1
    start=$SECONDS
    systemctl stop pidd || return 1
    echo "stopped after $((SECONDS - start)) s"
    # The client asks once more, which brings the daemon back.
    touch $finger
    [ $((SECONDS - start)) -le 5 ] && [ "$(systemctl show --value -p Result pidd)" = success ] && client_ends "0 69 75" 90
}

hung() {
    local pid
    mkdir -p /run/systemd/system/pidd.service.d
    printf '[Service]\nWatchdogSec=4\n' >/run/systemd/system/pidd.service.d/watchdog.conf
    systemctl daemon-reload && systemctl restart pidd || return 1
    pid=$(main_pid)
    kill -STOP "$pid"
    await 30 replaced "$pid" || return 1
    rm /run/systemd/system/pidd.service.d/watchdog.conf
    systemctl daemon-reload && journalctl -u pidd | grep -qi 'watchdog timeout'
}
replaced() { [ "$(main_pid)" != "$1" ] && [ "$(main_pid)" != 0 ] && active pidd; }

leaves() {
    printf '[server]\nidle-exit = 1\n' >/etc/pidd/conf.d/50-test.conf
    pull && systemctl restart pidd && await 20 gone pidd && [ "$(systemctl show --value -p Result pidd)" = success ]
}

comes_back() { runuser -u clerk -- ekyc-client status && active pidd; }

door_for_browsers() {
    local answer url=http://127.0.0.1:11100
    systemctl stop pidd && systemctl start pidd-loopback.socket || return 1
    answer=$(runuser -u clerk -- curl --silent --show-error --max-time 20 -X RDSERVICE $url/) || return 1
    [[ $answer == *"<RDService "* ]] || { echo "$answer" && return 1; }
    answer=$(curl --silent --max-time 20 -X CAPTURE -H 'Origin: https://evil.example' --data '<PidOptions/>' $url/rd/capture)
    [[ $answer != *'errCode="0"'* ]] && runuser -u pidd -- pidd doctor | grep -q "answers at $url/" || { echo "$answer" && return 1; }
    systemctl stop pidd pidd-loopback.socket
}

never_refused() {
    local start=$SECONDS asked=0 code runs
    runs=$(journalctl -u pidd | grep -c leaving)
    while [ $((SECONDS - start)) -lt 20 ]; do
        # Around the moment of leaving, which is 1 s after the last client and at least 2 s after the start.
        code=$(ask -o /dev/null -w '%{http_code}' http://localhost/v1)
        [ "$code" = 200 ] || { echo "answer $code" && return 1; }
        asked=$((asked + 1))
        sleep "$((asked % 2 * 2)).$(((asked * 7) % 10))"
    done
    runs=$(($(journalctl -u pidd | grep -c leaving) - runs))
    echo "$asked asked, $runs times left"
    [ $runs -ge 2 ] && active pidd.socket
}

plugged_before_the_package() {
    dpkg --purge pidd && plug && sleep 1 && dpkg --install "$here"/pidd_*.deb && await 20 active pidd && await 20 active pidd.socket
}

settings_survive() {
    echo '# ours' >>/etc/pidd/pidd.conf
    dpkg --force-confold --install "$here"/pidd_*.deb && tail -n 1 /etc/pidd/pidd.conf | grep -q ours && await 20 active pidd
}

unknown_keys() {
    printf '[server]\nsoket = /x\n' >/etc/pidd/conf.d/60-typo.conf
    systemctl restart pidd && pidd --check-config 2>&1 | grep -q '/etc/pidd/conf.d/60-typo.conf:2: .*soket' &&
        journalctl -u pidd | grep -q '60-typo.conf:2: .*soket'
}

purged() {
    pull
    dpkg --purge pidd ekyc-client || return 1
    ! getent passwd pidd && ! [ -e /var/lib/pidd ] && ! [ -e /run/pidd ] && gone pidd.socket && gone pidd.service
}

mkdir -p $results
promise "a machine boots with the socket open and no daemon" await 60 nothing_runs
promise "the settings of the package have no mistake" pidd --check-config
promise "a test identity is made by the daemon's user" runuser -u pidd -- pidd provision --test
promise "a USB scanner is made by the kernel" make_gadget
plug
promise "a scanner that is plugged in starts the daemon" await 30 active pidd
promise "the scanner becomes ready" await 30 ready
promise "only the daemon's user may open the scanner" private_node
touch $finger
promise "a member of the group captures" capture pid.xml
cp /home/clerk/pid.xml /var/lib/pidd/stand-in/{uidai.key,uidai.cer,provider-ca.cer,devices.conf} $results/ 2>/dev/null
promise "the client of another user is named in the status and in the journal" named_to_others
promise "a user outside the group is refused with the reason" outsider
promise "doctor finds nothing wrong" runuser -u pidd -- pidd doctor
promise "a scanner that a program of root has claimed is told as held, and used when that lets go" held_by_root
promise "a scanner pulled in the middle of a capture ends it, not the daemon" pulled_in_the_middle
promise "20 quick replugs are survived by one process" many_replugs
promise "a restart while a client waits serves it or tells it, and the next one is served" restarted_under_a_client
promise "a daemon that is killed comes back, and its client is told or served" killed_under_a_client
promise "a daemon that hangs is replaced by the watchdog" hung
promise "the scanner is ready again" await 40 ready
promise "a stop in the middle of a capture is quick and clean" stopped_in_the_middle
promise "a daemon without scanner and client leaves" leaves
promise "the next client brings it back" comes_back
promise "systemd opens the door for browsers when it is told to" door_for_browsers
promise "no client is refused while it leaves and comes" never_refused
promise "a scanner that is there before the package starts the daemon" plugged_before_the_package
promise "settings survive the next installation" settings_survive
promise "a key that nobody knows is told with file and line" unknown_keys
promise "a purge leaves nothing" purged
echo "done, $failed failed"
