"""The digest by which a browser is told to trust a certificate's key."""

import base64
import hashlib
import subprocess


def public_key_digest(path):
    """SHA-256 of the public key of a PEM file's first certificate, in base64."""
    key = subprocess.run(["openssl", "x509", "-in", path, "-pubkey", "-noout"], check=True, capture_output=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "der"], input=key, check=True, capture_output=True).stdout
    return base64.b64encode(hashlib.sha256(der).digest()).decode()
