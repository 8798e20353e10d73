# Certificates: an authority of our own with good ones, and all the ways to be wrong.
set -eu
cd '@data@'

authority() { # NAME
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.pem" -days 30 \
    -subj "/CN=$1 of tests" -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
}

certificate() { # NAME AUTHORITY DAYS USAGE NAMES
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$1"
  printf 'subjectAltName=%s\nextendedKeyUsage=%s\nbasicConstraints=critical,CA:FALSE\n' "$5" "$4" >"$1.ext"
  openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days "$3" -extfile "$1.ext" -out "$1.pem"
  cat "$1.pem" "$1.key" >"$1.both.pem"
}

# Many libraries refuse a star right before the last label, so virtual hosts are below `s3.localhost` and such.
here=DNS:localhost,DNS:s3.localhost,DNS:*.s3.localhost,DNS:*.blob.localhost,IP:127.0.0.1
authority authority
authority stranger
certificate server authority 30 serverAuth "$here"
certificate expired authority -1 serverAuth "$here"
certificate elsewhere authority 30 serverAuth DNS:elsewhere.example
certificate unknown stranger 30 serverAuth "$here"
certificate client authority 30 clientAuth DNS:client.example
