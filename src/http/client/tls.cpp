#include "http/client/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "base/assert.hpp"

namespace evalx::http::client {
namespace {

bool is_address(const std::string& host) {
  boost::system::error_code code;
  asio::ip::make_address(host, code);
  return !code;
}

std::string value_or(const char* variable, const char* usual) {
  const char* const value = ::secure_getenv(variable);
  return value == nullptr ? usual : value;
}

/// Continues "the certificate of a.example"; for the people that can repair it.
std::string fault_of_certificate(long result) {
  switch (result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return " has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return " is not valid yet";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return " is for another name";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return " is self-signed and not trusted";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return " comes from an authority that is not trusted";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return " comes from an authority that is not trusted, or the server does not send the"
             " certificates between them";
    default:
      return std::string{" is not accepted: "} + ::X509_verify_cert_error_string(result);
  }
}

}  // namespace

Tls::Tls() : context_(asio::ssl::context::tls_client) {
  EVALX_ASSERT(::SSL_CTX_set_min_proto_version(context_.native_handle(), TLS1_2_VERSION) == 1);
  ::SSL_CTX_set_verify(context_.native_handle(), SSL_VERIFY_PEER, nullptr);
}

Result<std::unique_ptr<Tls>> Tls::with_system_certificates() {
  std::unique_ptr<Tls> tls{new Tls};
  boost::system::error_code code;
  tls->context_.set_default_verify_paths(code);
  if (code) return fail(code, "read the system's trusted certificates");
  return tls;
}

/// As X509_STORE_set_default_paths(3).
bool Tls::has_system_certificates() {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const std::string file =
      value_or(::X509_get_default_cert_file_env(), ::X509_get_default_cert_file());
  if (fs::is_regular_file(file, ignored)) return true;
  std::istringstream folders{
      value_or(::X509_get_default_cert_dir_env(), ::X509_get_default_cert_dir())};
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (fs::directory_iterator{folder, ignored} != fs::directory_iterator{}) return true;
  }
  return false;
}

Result<std::unique_ptr<Tls>> Tls::with_certificates_of(const std::string& file) {
  std::unique_ptr<Tls> tls{new Tls};
  boost::system::error_code code;
  tls->context_.load_verify_file(file, code);
  if (code) return fail(code, "read the trusted certificates of", file);
  return tls;
}

std::unique_ptr<TlsStream> Tls::stream(Socket& socket, const std::string& host) {
  auto stream = std::make_unique<TlsStream>(socket, context_);
  SSL* const ssl = stream->native_handle();
  if (is_address(host)) {
    EVALX_ASSERT(::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(ssl), host.c_str()) == 1);
  } else {
    ::SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    EVALX_ASSERT(::SSL_set1_host(ssl, host.c_str()) == 1);
    // The server chooses its certificate by this name (SNI). An address is not sent: RFC 6066, 3.
    EVALX_ASSERT(::SSL_set_tlsext_host_name(ssl, host.c_str()) == 1);
  }
  return stream;
}

Failure failure_of(TlsStream& stream, const boost::system::error_code& code,
                   const std::string& host) {
  if (const long result = ::SSL_get_verify_result(stream.native_handle()); result != X509_V_OK) {
    return {FailureKind::CertificateRefused,
            "the certificate of " + host + fault_of_certificate(result)};
  }
  if (code == asio::error::eof || code == asio::error::connection_reset ||
      code == asio::ssl::error::stream_truncated) {
    return {FailureKind::TlsFailed, host + " closed the connection during the TLS handshake"};
  }
  const bool is_not_tls =
      code.category() == asio::error::get_ssl_category() &&
      ERR_GET_REASON(static_cast<unsigned long>(code.value())) == SSL_R_WRONG_VERSION_NUMBER;
  if (is_not_tls) return {FailureKind::TlsFailed, host + " does not speak TLS on this port"};
  return {FailureKind::TlsFailed, "the TLS handshake with " + host + " failed: " + code.message()};
}

}  // namespace evalx::http::client
