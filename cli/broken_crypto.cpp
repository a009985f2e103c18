// Preloaded by a test: a libsodium that takes every signature, which ABI-42 must notice.
extern "C" int crypto_sign_ed25519_verify_detached(const unsigned char*, const unsigned char*, unsigned long long,
                                                   const unsigned char*);

extern "C" int crypto_sign_ed25519_verify_detached(const unsigned char*, const unsigned char*, unsigned long long,
                                                   const unsigned char*) {
    return 0;
}
