#!/usr/bin/env bash
# Makes a CA of your own, and one certificate for each machine that is named. Usage: certificates.sh FOLDER NAME...
# Each machine gets ca.pem, NAME.pem and NAME.key; ca.key stays where it is, and is needed for the next machine alone.
# Whoever has a certificate of this CA can run code on all workers.
set -euo pipefail
folder=$1
shift
umask 077
mkdir -p "$folder"
cd "$folder"

if [ ! -e ca.key ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 3650 \
    -subj "/CN=sigcheck fleet" -addext "basicConstraints=critical,CA:TRUE,pathlen:0" \
    -addext "keyUsage=critical,keyCertSign,cRLSign"
fi
for name in "$@"; do
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$name.key" -out "$name.csr" \
    -subj "/CN=$name"
  # A worker is a server for its scheduler and a client of it.
  openssl x509 -req -in "$name.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -out "$name.pem" -days 397 \
    -extfile <(printf '%s\n' "basicConstraints=critical,CA:FALSE" "keyUsage=critical,digitalSignature" \
      "extendedKeyUsage=serverAuth,clientAuth" "subjectAltName=DNS:$name")
  rm "$name.csr"
done
