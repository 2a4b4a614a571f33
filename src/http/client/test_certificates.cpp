#include "http/client/test_certificates.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "base/assert.hpp"

namespace evalx::http::client {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { ::EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { ::X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const { ::X509_EXTENSION_free(extension); }
  void operator()(BIO* bio) const { ::BIO_free(bio); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Certificate = std::unique_ptr<X509, Free>;

Key make_key() {
  return Key{::EVP_EC_gen("P-256")};
}

void name(X509* certificate, const char* common_name) {
  X509_NAME* const subject = ::X509_get_subject_name(certificate);
  ::X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(common_name), -1, -1, 0);
}

void extend(X509* certificate, int kind, const std::string& value) {
  const std::unique_ptr<X509_EXTENSION, Free> extension{
      ::X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str())};
  EVALX_ASSERT(extension && ::X509_add_ext(certificate, extension.get(), -1) == 1);
}

Certificate make_certificate(EVP_PKEY* key, const char* common_name, const TestSubject& subject) {
  static long serial = 0;
  Certificate certificate{::X509_new()};
  ::X509_set_version(certificate.get(), 2);
  ::ASN1_INTEGER_set(::X509_get_serialNumber(certificate.get()), ++serial);
  ::X509_gmtime_adj(::X509_getm_notBefore(certificate.get()), subject.begins.count());
  ::X509_gmtime_adj(::X509_getm_notAfter(certificate.get()), subject.ends.count());
  ::X509_set_pubkey(certificate.get(), key);
  name(certificate.get(), common_name);
  return certificate;
}

void sign(X509* certificate, const X509_NAME* issuer, EVP_PKEY* key) {
  ::X509_set_issuer_name(certificate, issuer);
  EVALX_ASSERT(::X509_sign(certificate, key, EVP_sha256()) > 0);
}

template <class Write>
std::string pem(Write write) {
  const std::unique_ptr<BIO, Free> bio{::BIO_new(BIO_s_mem())};
  EVALX_ASSERT(write(bio.get()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

TestCertificate in_pem(X509* certificate, EVP_PKEY* key) {
  return {pem([&](BIO* bio) { return ::PEM_write_bio_X509(bio, certificate); }), pem([&](BIO* bio) {
            return ::PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

}  // namespace

struct TestAuthority::Parts {
  Key key = make_key();
  Certificate certificate = make_certificate(key.get(), "evalX test authority", {});
};

TestAuthority::TestAuthority() : parts_(std::make_unique<Parts>()) {
  static int authorities = 0;  // Two authorities with one name would be taken for each other.
  name(parts_->certificate.get(), std::to_string(++authorities).c_str());
  extend(parts_->certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  sign(parts_->certificate.get(), ::X509_get_subject_name(parts_->certificate.get()),
       parts_->key.get());
  file_ = "/tmp/evalx-authority-XXXXXX";
  const int descriptor = ::mkstemp(file_.data());
  EVALX_ASSERT(descriptor >= 0);
  ::close(descriptor);
  std::ofstream{file_} << in_pem(parts_->certificate.get(), parts_->key.get()).certificate;
}

TestAuthority::~TestAuthority() {
  std::remove(file_.c_str());
}

TestCertificate TestAuthority::issue(const TestSubject& subject) const {
  const Key key = make_key();
  const Certificate certificate = make_certificate(key.get(), "a server", subject);
  extend(certificate.get(), NID_subject_alt_name, subject.names);
  sign(certificate.get(), ::X509_get_subject_name(parts_->certificate.get()), parts_->key.get());
  return in_pem(certificate.get(), key.get());
}

TestCertificate TestAuthority::self_signed(const TestSubject& subject) {
  const Key key = make_key();
  const Certificate certificate = make_certificate(key.get(), "a server", subject);
  extend(certificate.get(), NID_subject_alt_name, subject.names);
  sign(certificate.get(), ::X509_get_subject_name(certificate.get()), key.get());
  return in_pem(certificate.get(), key.get());
}

}  // namespace evalx::http::client
