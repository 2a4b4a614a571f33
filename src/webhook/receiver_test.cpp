// Tests against a receiver in Python, which verifies certificates and signatures with its own
// libraries.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "http/client/test_call.hpp"
#include "http/client/test_certificates.hpp"
#include "http/client/test_python.hpp"
#include "webhook/attempt.hpp"

namespace evalx::webhook {
namespace {

/// Answers 204 to a webhook whose signature is right, and 400 to any other.
constexpr const char* kReceiver = R"(
import base64, hashlib, hmac, http.server, ssl, sys, time
pair, *secrets = sys.argv[1:]
keys = [base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets]

class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + body
        key = keys[int(self.path.removeprefix("/"))]
        wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        known = wanted in self.headers["webhook-signature"].split(" ")
        fresh = abs(time.time() - int(self.headers["webhook-timestamp"])) < 300
        self.send_response(204 if known and fresh else 400)
        self.end_headers()
    def log_message(self, *arguments):
        pass

server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(pair)
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
)";

constexpr const char* kNew = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr const char* kOld = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
constexpr const char* kUnknown = "whsec_GBkaGxwdHh8gISIjJCUmJygpKissLS4v";

TEST(Receiver, InPythonVerifiesTheSignatureOfEitherSecret) {
  if (!http::client::TestPython::is_installed()) GTEST_SKIP() << "needs /usr/bin/python3";
  const http::client::TestAuthority authority;
  const http::client::TestCertificate pair = authority.issue({});
  const std::string file = authority.file() + ".server";
  std::ofstream{file} << pair.key << pair.certificate;

  http::client::FixedResolver resolver{{{"127.0.0.1"}}};
  const auto tls = *http::client::Tls::with_certificates_of(authority.file());
  http::client::Client client{resolver, *tls};
  const SystemClock clock;
  Sender sender{client, clock, *SigningSecrets::parse({kNew, kOld}), Reach::Private};
  const http::client::TestPython python{kReceiver, {file, kNew, kOld, kUnknown}};
  const auto answer_of_receiver = [&](int secret) {
    const std::string url =
        "https://hooks.example:" + std::to_string(python.port()) + "/" + std::to_string(secret);
    Webhook webhook{*parse_destination(url, Reach::Private), "msg_1", R"({"ä": [1, 2.5]})"};
    return http::client::run(sender.attempt(std::move(webhook), 1, {}, 0, {}));
  };
  EXPECT_EQ(answer_of_receiver(0).words, "the receiver answered 204");
  EXPECT_EQ(answer_of_receiver(1).words, "the receiver answered 204");
  EXPECT_EQ(answer_of_receiver(2).words, "the receiver answered 400");
  std::remove(file.c_str());
}

}  // namespace
}  // namespace evalx::webhook
