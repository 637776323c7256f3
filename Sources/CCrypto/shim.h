// OpenSSL's libcrypto, which libpq brings along: one digest and one comparison.
#include <openssl/crypto.h>
#include <openssl/sha.h>
