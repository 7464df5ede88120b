#include "run/http/certificate.hpp"

#include <memory>
#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace quantum::run {
namespace {

template <class T, void (*release)(T*)>
struct Release {
    void operator()(T* object) const { release(object); }
};
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY, EVP_PKEY_free>>;
using X509Certificate = std::unique_ptr<X509, Release<X509, X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Release<X509_EXTENSION, X509_EXTENSION_free>>;

void require(bool worked) {
    if (!worked) throw std::runtime_error("OpenSSL cannot make a certificate");
}

template <class Write>
std::string pem(Write write) {
    BIO* const memory = BIO_new(BIO_s_mem());
    require(memory != nullptr && write(memory) == 1);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(memory, &bytes);
    std::string text(bytes, static_cast<std::size_t>(size));
    BIO_free(memory);
    return text;
}

}  // namespace

Certificate make_certificate(const std::string& names, long valid_for, const std::string& common) {
    constexpr long an_hour_ago = -3600;
    const Key key(EVP_EC_gen("P-256"));
    const X509Certificate certificate(X509_new());
    require(key && certificate);
    X509* const x509 = certificate.get();
    require(X509_set_version(x509, X509_VERSION_3) == 1);
    require(ASN1_INTEGER_set(X509_get_serialNumber(x509), 1) == 1);
    require(X509_gmtime_adj(X509_getm_notBefore(x509), an_hour_ago) != nullptr);
    require(X509_gmtime_adj(X509_getm_notAfter(x509), an_hour_ago + valid_for) != nullptr);
    require(X509_set_pubkey(x509, key.get()) == 1);
    X509_NAME* const subject = X509_get_subject_name(x509);
    require(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                       reinterpret_cast<const unsigned char*>(common.c_str()), -1,
                                       -1, 0) == 1);
    require(X509_set_issuer_name(x509, subject) == 1);
    if (!names.empty()) {
        const Extension alternatives(
            X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str()));
        require(alternatives && X509_add_ext(x509, alternatives.get(), -1) == 1);
    }
    require(X509_sign(x509, key.get(), EVP_sha256()) > 0);
    return {pem([&](BIO* out) { return PEM_write_bio_X509(out, x509); }), pem([&](BIO* out) {
                return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr,
                                                nullptr);
            })};
}

}  // namespace quantum::run
