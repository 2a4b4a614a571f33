#pragma once
// The fixture of the courier's tests: a fake queue, receivers, and a loop that runs as long as
// needed.

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <functional>
#include <mutex>

#include "http/client/test_call.hpp"
#include "http/client/test_peer.hpp"
#include "webhook/courier.hpp"
#include "webhook/fake_queue.hpp"

namespace evalx::webhook {

using http::client::PeerConnection;
using http::client::TestPeer;
using Kind = queue::CallbackEnd::Kind;
using std::chrono::seconds;

inline constexpr const char* kNoContent = "HTTP/1.1 204 No Content\r\n\r\n";
inline constexpr seconds kPatience{10};

/// The requests of receivers, which run on threads of their own.
class Requests {
 public:
  void add(std::string request) {
    const std::scoped_lock lock{mutex_};
    all_.push_back(std::move(request));
  }
  [[nodiscard]] std::vector<std::string> all() const {
    const std::scoped_lock lock{mutex_};
    return all_;
  }
  [[nodiscard]] std::size_t count() const { return all().size(); }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> all_;
};

class CourierTest : public testing::Test {
 protected:
  ~CourierTest() override {
    if (courier_ && !is_stopped_) stop(Milliseconds{0});
  }

  void start(Reach reach = Reach::Private) {
    sender_.emplace(client_, clock_, secrets_, reach);
    courier_.emplace(loop_.get_executor(),
                     Courier::Parts{queue_, queue_, *sender_, reach, clock_,
                                    [](queue::Record record) { return record.result + "\n"; },
                                    [this](const Attempted& one) { attempted_.push_back(one); }},
                     limits_);
    courier_->start();
  }
  /// Runs the loop until the condition holds; false after a long time.
  bool until(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      loop_.restart();
      loop_.run_one_for(Milliseconds{5});
    }
    return true;
  }
  bool until_settled(std::size_t count) {
    return until([&] { return queue_.settled.size() >= count; });
  }
  void begin_stop(Milliseconds grace) {
    asio::co_spawn(loop_, courier_->stop(grace),
                   [this](const std::exception_ptr&) { is_stopped_ = true; });
  }
  /// Returns how long it took.
  std::chrono::steady_clock::duration stop(Milliseconds grace) {
    const auto began = std::chrono::steady_clock::now();
    begin_stop(grace);
    EXPECT_TRUE(until([this] { return is_stopped_; }));
    return std::chrono::steady_clock::now() - began;
  }
  static std::string target_of(const TestPeer& peer, const std::string& rest = "/done?key=hidden") {
    return "v1 http://127.0.0.1:" + std::to_string(peer.port()) + rest;
  }
  TestPeer::Script answering(std::string answer) {
    return [this, answer = std::move(answer)](PeerConnection& connection) {
      requests_.add(connection.read_request());
      connection.send(answer);
    };
  }
  TestPeer::Script hanging() {
    return [this](PeerConnection& connection) {
      requests_.add(connection.read_request());
      connection.wait_closed();
    };
  }

  asio::io_context loop_{1};
  FakeQueue queue_{loop_.get_executor()};
  SystemClock clock_;
  SigningSecrets secrets_ = *SigningSecrets::parse({"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"});
  http::client::TestAuthority authority_;
  std::unique_ptr<http::client::Tls> tls_ =
      *http::client::Tls::with_certificates_of(authority_.file());
  http::client::FixedResolver resolver_{{{"127.0.0.1"}}};
  http::client::Client client_{resolver_, *tls_};
  CourierLimits limits_;
  Requests requests_;
  std::vector<Attempted> attempted_;
  std::optional<Sender> sender_;
  std::optional<Courier> courier_;
  bool is_stopped_ = false;
};

}  // namespace evalx::webhook
