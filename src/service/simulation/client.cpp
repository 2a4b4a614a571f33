#include "service/simulation/client.hpp"

#include "base/strict_json.hpp"
#include "queue/present.hpp"

namespace evalx::service::simulation {
namespace {

using Kind = Event::Kind;
using queue::State;

constexpr unsigned kAccepted = 202;
constexpr unsigned kOk = 200;
constexpr unsigned kGone = 204;

/// The value of a member of a JSON object: a text as it is, a number in digits; "" without one.
std::string member(std::string_view json, std::string_view name) {
  const auto document = parse_strict(json);
  if (!document || !document->is_object()) return "";
  const boost::json::value* const value = document->as_object().if_contains(name);
  if (value == nullptr) return "";
  if (value->is_string()) return std::string{value->as_string()};
  return value->is_int64() ? std::to_string(value->as_int64()) : "";
}

State state_of_verdict(const std::string& verdict) {
  if (verdict == "cancelled") return State::Cancelled;
  if (verdict == "expired") return State::Expired;
  return verdict == "internal_error" ? State::Dead : State::Done;
}

/// The report in the document of a finished submission, which ends with a newline.
std::string report_in(const std::string& body) {
  constexpr std::string_view kBefore = "\"status\":\"finished\",";
  const std::size_t begin = body.find(kBefore);
  if (begin == body.npos) return "";
  const std::size_t report = begin + kBefore.size();
  return "{" + body.substr(report, body.rfind('\n') - report);
}

std::string text_of(std::string_view block, std::string_view field) {
  for (std::size_t line = 0; line < block.size();) {
    const std::size_t end = std::min(block.find('\n', line), block.size());
    const std::string_view text = block.substr(line, end - line);
    if (text.starts_with(field)) return std::string{text.substr(field.size())};
    line = end + 1;
  }
  return "";
}

void note_result(Clients& clients, const std::string& token, const std::string& body) {
  Event& event = clients.journal.add(Kind::Seen, token);
  event.result = digest_of(report_in(body));
  event.state = state_of_verdict(member(body, "verdict"));
}

std::shared_ptr<Exchange> answer_to(std::function<void(const http::Response&)> answered) {
  auto exchange = std::make_shared<Exchange>();
  exchange->answered = std::move(answered);
  exchange->received = [](const std::string&) {};
  exchange->ended = exchange->lost = [] {};
  return exchange;
}

}  // namespace

Clients::~Clients() {
  for (const std::weak_ptr<Exchange>& one : sent) {
    const std::shared_ptr<Exchange> exchange = one.lock();
    if (!exchange) continue;
    exchange->answered = nullptr;
    exchange->received = nullptr;
    exchange->ended = exchange->lost = nullptr;
  }
}

void Clients::send(http::Request request, const std::shared_ptr<Exchange>& exchange) {
  sent.push_back(exchange);
  if (Server* const listening = server()) return listening->request(std::move(request), exchange);
  exchange->is_closed = true;
  exchange->lost();
}

void Follower::open() {
  is_opening_ = false;
  if (exchange_ || has_finished_) return;
  http::Request request{"GET", "/v1/submissions/" + token_ + "/events", {}, ""};
  if (!last_id_.empty()) request.headers.push_back({"Last-Event-ID", last_id_});
  text_.clear();
  exchange_ = std::make_shared<Exchange>();
  const auto self = shared_from_this();
  exchange_->answered = [self](const http::Response& response) { self->answered(response); };
  exchange_->received = [self](std::string piece) { self->received(std::move(piece)); };
  exchange_->ended = exchange_->lost = [self] {
    self->ended();
  };
  const std::shared_ptr<Exchange> kept = exchange_;
  clients_.send(std::move(request), kept);
}

void Follower::ended() {
  exchange_.reset();
  open_after(pause_);
  pause_ = std::min(2 * pause_, kLongestPause);
}

void Follower::open_after(Microseconds time) {
  if (has_finished_ || std::exchange(is_opening_, true)) return;
  clients_.world.after(time, [self = shared_from_this()] { self->open(); });
}

void Follower::interrupt(Microseconds time) {
  if (!exchange_) return;
  Server::close(*std::exchange(exchange_, nullptr));
  open_after(time);
}

void Follower::follow_again() {
  has_finished_ = false;
  open_after(std::chrono::seconds{1});
}

void Follower::answered(const http::Response& response) {
  Event& event = clients_.journal.add(Kind::Opened, token_);
  event.client = client_;
  event.status = response.status;
  event.place = clients_.journal.place_of(last_id_);
  if (response.status == kGone) has_finished_ = true;
}

void Follower::received(std::string piece) {
  text_ += piece;
  for (std::size_t end; (end = text_.find("\n\n")) != text_.npos;) {
    take(text_.substr(0, end));
    text_.erase(0, end + 2);
  }
}

void Follower::take(const std::string& block) {
  const std::string name = text_of(block, "event: ");
  if (name.empty()) return;  // A comment, or "retry".
  const std::string id = text_of(block, "id: ");
  const std::string data = text_of(block, "data: ");
  if (!id.empty() && std::exchange(last_id_, id) != id) pause_ = kShortestPause;
  Event& event = clients_.journal.add(Kind::Streamed, token_);
  event.client = client_;
  event.name = name;
  event.place = clients_.journal.place_of(id);
  if (name == "finished") {
    event.verdict = member(data, "verdict");
    has_finished_ = true;
  }
  if (name == "test") {
    event.test = std::strtoull(member(data, "index").c_str(), nullptr, 10);
    event.result = digest_of(data);
  }
  if (name == "resumed") {
    event.test = std::strtoull(member(data, "kept_tests").c_str(), nullptr, 10);
  }
}

http::Request Submitter::request() const {
  std::string body = R"({"language":"cpp","source":")" + job_.name + " " + job_.kind + R"(","tests":[)";
  for (unsigned test = 0; test < job_.tests; ++test) body += test == 0 ? "{}" : ",{}";
  body += "]";
  if (job_.expires_after) {
    body += ",\"expires_after_ms\":" + std::to_string(job_.expires_after->count());
  }
  http::Request request{"POST", "/v1/submissions", {{"Content-Type", "application/json"}},
                        body + "}"};
  if (job_.has_key) request.headers.push_back({"Idempotency-Key", "key-of-" + job_.name});
  return request;
}

void Submitter::send() {
  if (is_over_) return;
  exchange_ = answer_to([self = shared_from_this(), asked = clients_.world.time()](
                            const http::Response& response) { self->answered(response, asked); });
  exchange_->lost = [self = shared_from_this()] {
    self->is_unknown_ = true;
    self->repeat();
  };
  const std::shared_ptr<Exchange> kept = exchange_;
  clients_.send(request(), kept);
}

/// Without a key a repeated request would be judged twice if the first one was stored. Some clients
/// repeat it nevertheless.
void Submitter::repeat() {
  const bool may_give_up = clients_.random.below(job_.has_key ? 4 : 2) == 0;
  if (may_give_up) {
    is_over_ = true;
    if (is_unknown_ || !job_.has_key) return;
    clients_.journal.add(Kind::Refused).key = "key-of-" + job_.name;
    return;
  }
  clients_.world.after(std::chrono::seconds{1}, [self = shared_from_this()] { self->send(); });
}

void Submitter::answered(const http::Response& response, StoreTime asked) {
  if (response.status != kAccepted && response.status != kOk) {
    if (member(response.body, "code") == "outcome_unknown") is_unknown_ = true;
    return repeat();
  }
  is_over_ = true;
  const std::string token = member(response.body, "token");
  clients_.journal.learn(token, job_.name);
  Event& event = clients_.journal.add(Kind::Accepted, token);
  event.at = asked;
  if (job_.has_key) event.key = "key-of-" + job_.name;
  // The store's time passes with the world's. An earlier request may have been stored before.
  if (job_.expires_after && !is_unknown_) event.not_after = asked + *job_.expires_after;
  accepted_(token);
}

void look(Clients& clients, const std::string& token, const std::string& wait) {
  const auto answered = [&clients, token](const http::Response& response) {
    clients.journal.add(Kind::Answered, token).status = response.status;
    if (response.status == kOk && member(response.body, "status") == "finished") {
      note_result(clients, token, response.body);
    }
  };
  const std::string query = wait.empty() ? "" : "?wait=" + wait;
  clients.send({"GET", "/v1/submissions/" + token + query, {}, ""}, answer_to(answered));
}

void cancel(Clients& clients, const std::string& token) {
  const auto answered = [&clients, token](const http::Response& response) {
    clients.journal.add(Kind::Answered, token).status = response.status;
    if (response.status == kOk) note_result(clients, token, response.body);
  };
  clients.send({"DELETE", "/v1/submissions/" + token, {}, ""}, answer_to(answered));
}

}  // namespace evalx::service::simulation
