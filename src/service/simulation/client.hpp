#pragma once
// Clients: they submit, ask and follow by HTTP, and repeat what got no answer.

#include <memory>
#include <string>

#include "service/simulation/server.hpp"

namespace evalx::service::simulation {

/// The clients' side of a run.
struct Clients {
  World& world;
  Random& random;
  Journal& journal;
  /// The server that listens now; nullptr while there is none.
  std::function<Server*()> server;
  std::vector<std::weak_ptr<Exchange>> sent = {};

  /// Ends what servers that were killed never answered: such an exchange and its client own each
  /// other. No server may live any more.
  ~Clients();
  /// Sends a request. If no server listens, `exchange.lost` is called at once.
  void send(http::Request request, const std::shared_ptr<Exchange>& exchange);
};

/// Follows one job to its end, over all interruptions, as a browser does.
class Follower : public std::enable_shared_from_this<Follower> {
 public:
  /// `client`: its name in the journal.
  Follower(Clients& clients, std::string token, std::string client)
      : clients_(clients), token_(std::move(token)), client_(std::move(client)) {}

  void open();
  /// The connection breaks, if there is one; it comes back after `time`.
  void interrupt(Microseconds time);
  /// The job runs again.
  void follow_again();
  [[nodiscard]] bool has_finished() const { return has_finished_; }
  [[nodiscard]] const std::string& token() const { return token_; }

 private:
  static constexpr Microseconds kShortestPause = std::chrono::seconds{1};
  static constexpr Microseconds kLongestPause = std::chrono::seconds{64};

  void answered(const http::Response& response);
  void received(std::string piece);
  void take(const std::string& block);
  void ended();
  void open_after(Microseconds time);

  Clients& clients_;
  const std::string token_, client_;
  std::string last_id_, text_;
  Microseconds pause_ = kShortestPause;  ///< Doubled while nothing new comes.
  std::shared_ptr<Exchange> exchange_;
  bool is_opening_ = false;
  bool has_finished_ = false;
};

/// Sends one submission until it is accepted, or gives up.
class Submitter : public std::enable_shared_from_this<Submitter> {
 public:
  struct Job {
    std::string name;  ///< Its source begins with it.
    std::string kind;  ///< "good", "flaky", "broken" or "poison".
    unsigned tests = 1;
    bool has_key = true;
    std::optional<Milliseconds> expires_after;
  };
  /// `accepted` is called once with the token.
  Submitter(Clients& clients, Job job, std::function<void(const std::string&)> accepted)
      : clients_(clients), job_(std::move(job)), accepted_(std::move(accepted)) {}

  void send();
  /// Accepted or given up.
  [[nodiscard]] bool is_over() const { return is_over_; }

 private:
  [[nodiscard]] http::Request request() const;
  void answered(const http::Response& response, StoreTime asked);
  void repeat();

  Clients& clients_;
  const Job job_;
  const std::function<void(const std::string&)> accepted_;
  std::shared_ptr<Exchange> exchange_;
  bool is_unknown_ = false;  ///< An answer was lost, or says that the outcome is unknown.
  bool is_over_ = false;
};

/// Asks for a job once, and writes the answer into the journal. `wait`: "" or seconds.
void look(Clients& clients, const std::string& token, const std::string& wait);
/// Asks once to cancel a job.
void cancel(Clients& clients, const std::string& token);

}  // namespace evalx::service::simulation
