#!/bin/sh
# Writes, as nginx wants it, who is believed about the caller's address: TRUSTED_PROXIES, with spaces between. Ends with 78 on a wrong one.
set -euf
for one in ${TRUSTED_PROXIES:-}; do
  case $one in
    *[!0-9a-fA-F.:/]* | /* | */*/*)
      echo "TRUSTED_PROXIES: $one is no address and no network such as 172.31.240.1 or 10.0.0.0/24" >&2
      exit 78
      ;;
  esac
  echo "set_real_ip_from $one;"
done
