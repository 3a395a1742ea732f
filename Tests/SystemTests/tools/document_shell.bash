# What the commands of a document are run with: the programs that were built, and stand-ins for what changes a machine.
#
# The test gives, as variables, PROGRAMS (the folder of the programs), PROJECT, SOCKET (of a pidd, for documents that take the
# installed one for granted), STATE (its state folder) and CLIENT_OPTIONS (for Eko's part of ekyc-client), and makes HOME and
# the working folder. A stand-in checks that what it is given is there, and does nothing else.
set -euo pipefail
shopt -s expand_aliases

complain() {
    echo "document: $*" >&2
    exit 1
}

make() {
    # Prints what it would do, and fails for a target that does not exist.
    command make --dry-run --no-print-directory --directory "$PROJECT" "$@" >/dev/null
}

apt() {
    [ "$1" = install ] || complain "apt $*"
    shift
    local file
    for file in "$@"; do
        case $file in
        ./.build/package/*.deb) ;;
        *) apt-cache show "$file" >/dev/null 2>&1 || complain "apt install $file: there is no such package" ;;
        esac
    done
}

usermod() {
    # The group of the user that the package makes.
    [ "$1" = -aG ] || complain "usermod $*"
    grep -q "^u $2 " "$PROJECT/systemd/pidd.sysusers" || complain "there is no group $2"
}

runuser() {
    [ "$1 $2 $3" = "-u pidd --" ] || complain "runuser $*"
    shift 3
    "$@"
}

lsusb() { :; }

systemctl() {
    case $1 in
    status | start | stop | restart | enable | disable | edit | mask) shift ;;
    *) complain "systemctl $*" ;;
    esac
    local unit
    for unit in "$@"; do
        case $unit in
        --now) ;;
        *.*) [ -e "$PROJECT/systemd/$unit" ] || complain "there is no unit $unit" ;;
        *) [ -e "$PROJECT/systemd/$unit.service" ] || complain "there is no unit $unit" ;;
        esac
    done
}

pidd() {
    case "$1 ${2:-}" in
    # Needs a certificate that a device provider has made: IdentityTests does that.
    "provision install") [ "$#" -ge 8 ] || complain "pidd $*" ;;
    "provision --test") "$PROGRAMS/pidd" "$@" --state "$(mktemp -d "$HOME/state-XXXXXX")" ;;
    provision\ *) "$PROGRAMS/pidd" "$@" --state "$STATE" ;;
    # 1 says that something is wrong, as on a machine without the package.
    doctor\ *) "$PROGRAMS/pidd" "$@" --socket "$SOCKET" --state "$STATE" || [ $? -eq 1 ] ;;
    *) "$PROGRAMS/pidd" "$@" ;;
    esac
}

curl() {
    local seconds=30 status=0 code
    # A stream of events ends with its request, and that has ended here.
    case "$*" in *v1/events*) seconds=1 ;; esac
    code=$(command curl "$@" --max-time "$seconds" --output printed --write-out '%{http_code}') || status=$?
    [ "$status" -eq 0 ] || [ "$seconds $status" = "1 28" ] || complain "curl $* ended with $status"
    # 404 is fair for what is to be cancelled and has ended.
    case "$code $*" in
    20* | "404 "*DELETE*) ;;
    *) complain "curl $* was answered with $code: $(cat printed)" ;;
    esac
}

# What stands in capitals in the documents is what an earlier command printed.
ekyc-client() {
    local words=() word
    for word in "$@"; do
        case $word in
        REF) word=$(field otp_ref_id) ;;
        ID) word=$(field kyc_request_id) ;;
        esac
        words+=("$word")
    done
    case $1 in
    fino | flow)
        # shellcheck disable=SC2206  # options and their values
        words+=($CLIENT_OPTIONS)
        case "$1 $2" in "fino ekyc" | flow\ *) words+=(--socket ~/pidd-try/s) ;; esac
        install -m 600 ~/pidd-try/otp otp 2>/dev/null || true
        local status=0
        "$PROGRAMS/ekyc-client" "${words[@]}" >printed || status=$?
        case " $* " in *" --json "*) cp printed answer.json ;; esac
        # 3 says that another step has to follow, which these do not take.
        case "$status $1 $2" in
        0\ * | "3 fino ekyc" | "3 flow "*) ;;
        *) complain "ekyc-client $* ended with $status" ;;
        esac
        ;;
    *) "$PROGRAMS/ekyc-client" "${words[@]}" ;;
    esac
}

field() { python3 -c 'import json,sys; print(json.load(open("answer.json"))["data"][sys.argv[1]])' "$1"; }

# Starts what a document lets run in a terminal of its own, and waits until a file is there.
beside() {
    local file=$1
    shift
    "$@" >>"$HOME/beside.log" 2>&1 &
    for _ in $(seq 400); do
        [ -e "$file" ] && return
        sleep 0.05
    done
    complain "$* did not make $file: $(tail -n 5 "$HOME/beside.log")"
}
