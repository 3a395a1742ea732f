#!/bin/sh
# A sender's eKYC from the finger to the OTP: sender-ekyc.sh CUSTOMER < aadhaar, then types the OTP in.
set -eu
customer=$1
answer=$(ekyc-client fino ekyc --customer "$customer" --aadhaar-file - --consent --json)
field() { printf '%s' "$answer" | sed -n "s/.*\"$1\" *: *\"\([^\"]*\)\".*/\1/p"; }
printf 'OTP: ' >/dev/tty
ekyc-client fino verify-otp --customer "$customer" --otp-file - --otp-ref-id "$(field otp_ref_id)" \
    --kyc-request-id "$(field kyc_request_id)" </dev/tty
