#pragma once
// TestAuthority: makes certificates for the servers of tests.

#include <chrono>
#include <memory>
#include <string>

namespace evalx::http::client {

/// A certificate with its private key, both in PEM.
struct TestCertificate {
  std::string certificate;
  std::string key;
};

struct TestSubject {
  std::string names = "DNS:hooks.example";  ///< As in openssl's subjectAltName.
  std::chrono::seconds begins{-3600};       ///< From now.
  std::chrono::seconds ends{3600};
};

class TestAuthority {
 public:
  TestAuthority();
  ~TestAuthority();
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;

  /// Signed by this authority.
  [[nodiscard]] TestCertificate issue(const TestSubject& subject) const;
  /// Signed by its own key.
  static TestCertificate self_signed(const TestSubject& subject);

  /// A file with the authority's certificate; removed with the object.
  [[nodiscard]] const std::string& file() const { return file_; }

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
  std::string file_;
};

}  // namespace evalx::http::client
