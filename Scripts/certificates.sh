#!/usr/bin/env bash
# Makes a development certificate authority and a server certificate signed by it.
#
#   Scripts/certificates.sh FOLDER
#
# Leaves ca.pem, ca-key.pem, server.pem and server-key.pem (ECDSA P-256; keys with mode 0600). What is
# there and good for another month is kept. For development only: the authority's key lies beside it.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/shell/processes.sh
[ $# = 1 ] || fail "usage: Scripts/certificates.sh FOLDER"
folder=$1
trap 'warn "error: openssl could not make the certificates in $folder"' ERR
authority_days=3650 server_days=397 margin_seconds=$((30 * 86400))

mkdir -p "$folder"
chmod 700 "$folder"
umask 077
host=$(hostname 2>/dev/null || cat /proc/sys/kernel/hostname)
names="DNS:localhost,IP:127.0.0.1,IP:::1"
# A name that is no DNS name (underscores, spaces) would make a certificate that clients refuse.
if [[ $host =~ ^[A-Za-z0-9]([A-Za-z0-9.-]{0,62})$ ]] && [ "$host" != localhost ]; then names+=",DNS:$host"; fi

lasts() { openssl x509 -in "$1" -noout -checkend "$margin_seconds" >/dev/null 2>&1; }
matches() { # the certificate belongs to the key
  cmp -s <(openssl x509 -in "$1" -noout -pubkey 2>/dev/null) <(openssl pkey -in "$2" -pubout 2>/dev/null)
}
new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.new" && mv "$1.new" "$1"; }

cd "$folder"
if ! { lasts ca.pem && matches ca.pem ca-key.pem; }; then
  new_key ca-key.pem
  openssl req -x509 -new -key ca-key.pem -sha256 -days "$authority_days" -out ca.pem \
    -subj "/CN=Berth development authority $(random_hex 4)" \
    -addext "basicConstraints=critical,CA:TRUE,pathlen:0" \
    -addext "keyUsage=critical,keyCertSign,cRLSign"
  rm -f server.pem
  printf 'made a development certificate authority: %s\n' "$folder/ca.pem"
fi
if ! { lasts server.pem && matches server.pem server-key.pem && [ "$(cat server-names 2>/dev/null)" = "$names" ] &&
  openssl verify -CAfile ca.pem server.pem >/dev/null 2>&1; }; then
  new_key server-key.pem
  openssl req -new -key server-key.pem -subj "/CN=localhost" |
    openssl x509 -req -sha256 -days "$server_days" -CA ca.pem -CAkey ca-key.pem \
      -set_serial "0x$(random_hex 8)" -out server.pem.new -extfile <(
        printf '%s\n' "subjectAltName=$names" "basicConstraints=critical,CA:FALSE" \
          "keyUsage=critical,digitalSignature" "extendedKeyUsage=serverAuth" \
          "subjectKeyIdentifier=hash" "authorityKeyIdentifier=keyid"
      ) 2>/dev/null
  mv server.pem.new server.pem
  printf '%s\n' "$names" >server-names
  printf 'made a server certificate for %s\n' "$names"
fi
chmod 644 ca.pem server.pem
chmod 600 ca-key.pem server-key.pem
