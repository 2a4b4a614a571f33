#pragma once
// Server: one life of a process: the real API, worker and SQLite queue, on the loops of the world.

#include <boost/asio/cancellation_signal.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "api/languages.hpp"
#include "api/v1/routes.hpp"
#include "base/result.hpp"
#include "http/router.hpp"
#include "service/simulation/planted.hpp"
#include "service/simulation/recording_queue.hpp"
#include "worker/worker.hpp"

namespace evalx::service::simulation {

/// A request, and the functions that get its answer. Once it is closed, none is called.
struct Exchange {
  std::function<void(const http::Response&)> answered;  ///< Without the body of a stream.
  std::function<void(std::string)> received;            ///< A piece of a stream.
  std::function<void()> ended;                          ///< All of it was heard.
  std::function<void()> lost;                           ///< The server died, or cut the connection.
  bool is_closed = false;
  asio::cancellation_signal cut;
};

class Server {
 public:
  struct Place {
    World& world;
    Random& random;
    Journal& journal;
    std::filesystem::path folder;
    std::string name;  ///< Names the process in the journal.
    Bug bug = Bug::None;
    std::function<void()> on_poison;  ///< A program that kills the process runs.
    std::function<void(const Error&)> on_fatal;
  };
  /// Errors: those of opening the queue.
  static Result<std::unique_ptr<Server>> start(Place place);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// Closes the queue as a process does that ends in order.
  ~Server();

  void request(http::Request request, const std::shared_ptr<Exchange>& exchange);
  /// The client closes the connection.
  static void close(Exchange& exchange);
  /// Queues a dead job again, as an operator does.
  void redrive(std::string token);
  /// Returns a job's stored record to `read`.
  void find(std::string token, std::function<void(Result<queue::Record>)> read);

  /// As at SIGTERM. Then has_drained() becomes true.
  void drain();
  /// As at a second SIGTERM.
  void hurry() { worker_->hurry(); }
  [[nodiscard]] bool is_draining() const { return is_draining_; }
  [[nodiscard]] bool has_drained() const { return has_drained_; }
  /// The process dies: no call is answered any more, and its programs are dead.
  void die();

  [[nodiscard]] const std::filesystem::path& folder() const { return place_.folder; }
  [[nodiscard]] const queue::Figures& figures() const { return queue_->figures(); }

 private:
  Server(Place place, std::unique_ptr<queue::Queue> queue);
  Task<> serve(http::Request request, std::shared_ptr<Exchange> exchange);
  Task<> end_in_order();
  Task<> queue_again(std::string token);
  Task<> sleep(Milliseconds time, std::stop_token stop);
  Task<Result<submission::Report>> judge(submission::Submission submission,
                                         judge::Progress& progress, std::stop_token stop);
  Task<bool> run_tests(submission::Report& report, std::vector<std::size_t> order,
                       judge::Progress& progress, std::stop_token stop);

  Place place_;
  std::unique_ptr<asio::io_context> loop_;
  std::unique_ptr<queue::Queue> queue_;
  PlantedQueue planted_;
  RecordingQueue recording_;
  std::unique_ptr<worker::Worker> worker_;
  api::v1::Submissions submissions_;
  api::v1::Events events_;
  api::v1::Discovery discovery_;
  http::Router router_;
  std::vector<std::weak_ptr<Exchange>> exchanges_;
  bool is_draining_ = false, has_drained_ = false;
};

}  // namespace evalx::service::simulation
