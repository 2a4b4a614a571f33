// Hub: jobs are accepted, found, and brought from state to state.
#include "base/failpoint.hpp"
#include "base/log.hpp"
#include "queue/redis/hub.hpp"

namespace evalx::queue::redis {
namespace {

constexpr unsigned kTriesMax = 8;  // Each lost to another change of the same job.
constexpr std::size_t kWaitingPostsMax = 16'384;
constexpr std::chrono::seconds kKeysAreRemembered = std::chrono::hours{24};

Error unavailable(const Error& why) {
  return {make_error_code(Errc::Unavailable), why.what};
}

/// In the order of find.lua.
enum Field { kState, kAttempt, kDeaths, kLease, kNotBefore, kAcceptedAt, kLast };

std::uint64_t number_of(const Reply& fields, Field field) {
  return fields.at(field).number().value_or(0);
}

Record record_of(const std::string& token, const Reply& found) {
  const Reply& fields = found.at(2);
  const Job job = job_of(fields);
  Record record;
  record.token = token;
  record.state = job.state;
  record.attempt = job.attempt;
  record.deaths = job.deaths;
  record.accepted_at = Clock::WallInstant{Microseconds{number_of(fields, kAcceptedAt)}};
  return record;
}

/// A change after which a job may be dead without anybody who knows what to say of it.
bool is_the_stores(const Change& change) {
  return std::holds_alternative<LoseWorker>(change) || std::holds_alternative<Condemn>(change);
}

}  // namespace

Job job_of(const Reply& fields) {
  Job job;
  job.state = static_cast<State>(std::min<std::uint64_t>(number_of(fields, kState), 4));
  job.attempt = static_cast<unsigned>(number_of(fields, kAttempt));
  job.deaths =
      static_cast<unsigned>(std::min<std::uint64_t>(number_of(fields, kDeaths), job.attempt));
  job.lease = number_of(fields, kLease);
  job.not_before = StoreTime{number_of(fields, kNotBefore)};
  return job;
}

void Hub::accept(std::vector<NewJob> jobs, std::shared_ptr<Call<std::vector<Accepted>>> call) {
  std::vector<std::string> args{std::to_string(rules_.capacity),
                                std::to_string(kKeysAreRemembered.count())};
  for (NewJob& job : jobs) {
    args.push_back(std::move(job.token));
    args.push_back(std::move(job.spec));
    args.push_back(job.idempotency ? job.idempotency->key : std::string{});
    args.push_back(job.idempotency ? job.idempotency->body_digest : std::string{});
  }
  post([this, args = std::move(args), call = std::move(call)]() mutable {
    if (closed_) {
      call->answer(fail(Errc::Unavailable, "the queue is closing"));
      return;
    }
    scripts_.run("accept", std::move(args), [this, call](const Result<Reply>& reply) {
      if (!reply) {
        call->answer(tl::make_unexpected(unavailable(reply.error())));
        return;
      }
      const std::string& verdict = reply->at(0).text;
      if (verdict != "ok") {
        call->answer(fail(verdict == "full" ? Errc::Full : Errc::IdempotencyConflict, "accept"));
        return;
      }
      failpoint("store.after_commit_before_notify");
      std::vector<Accepted> accepted;
      for (const Reply& job : reply->at(2).list) {
        accepted.push_back({job.at(0).text, job.at(1).integer != 0});
        if (!accepted.back().replayed) ++figures_.accepted;
      }
      note(reply->at(1));
      call->answer(std::move(accepted));
    });
  });
}

void Hub::find(std::string token, Parts parts, std::shared_ptr<Call<Record>> call) {
  post([this, token = std::move(token), parts, call = std::move(call)] {
    std::vector<std::string> args{token, "result"};
    if (parts == Parts::All) args.emplace_back("spec");
    scripts_.run("find", std::move(args), [token, call](const Result<Reply>& reply) {
      if (!reply) {
        call->answer(tl::make_unexpected(unavailable(reply.error())));
      } else if (reply->at(0).text != "ok") {
        call->answer(fail(Errc::NotFound, "find job", token));
      } else {
        Record record = record_of(token, *reply);
        record.result = reply->at(3).text;
        record.spec = reply->at(4).text;
        call->answer(std::move(record));
      }
    });
  });
}

void Hub::progress(LeaseId id, std::string kind, std::string data) {
  if (waiting_posts_.fetch_add(1) >= kWaitingPostsMax) {
    --waiting_posts_;
    return;
  }
  post([this, id = std::move(id), kind = std::move(kind), data = std::move(data)]() mutable {
    --waiting_posts_;
    scripts_.run("progress",
                 {std::move(id.token), std::to_string(id.lease), std::move(kind), std::move(data)},
                 [](const Result<Reply>&) {});
  });
}

void Hub::change(std::string token, Change change, std::string result, Changed changed) {
  auto changing = std::make_shared<Changing>(
      Changing{std::move(token), change, std::move(result), std::move(changed), 0});
  post([this, changing = std::move(changing)] { decide(changing); });
}

void Hub::decide(const std::shared_ptr<Changing>& changing) {
  std::vector<std::string> args{changing->token};
  if (is_the_stores(changing->change)) args.emplace_back("spec");
  scripts_.run("find", std::move(args), [this, changing](const Result<Reply>& reply) {
    if (!reply) return changing->changed(tl::make_unexpected(unavailable(reply.error())));
    decide(changing, *reply);
  });
}

void Hub::decide(const std::shared_ptr<Changing>& changing, const Reply& found) {
  if (found.at(0).text != "ok") {
    const bool is_clients = std::holds_alternative<Cancel>(changing->change) ||
                            std::holds_alternative<Redrive>(changing->change);
    if (!is_clients) ++figures_.lease_lost;
    return changing->changed(
        fail(is_clients ? Errc::NotFound : Errc::LeaseLost, "change", changing->token));
  }
  const Job before = job_of(found.at(2));
  const StoreTime now{static_cast<StoreTime::rep>(found.at(1).number().value_or(0))};
  const auto next = step(before, changing->change, now, rules_.rules);
  if (!next) return refused(changing, found, next.error());
  if (next->job.state == State::Dead && is_the_stores(changing->change)) {
    Record record = record_of(changing->token, found);
    record.state = State::Dead;
    record.deaths = next->job.deaths;
    record.spec = found.at(3).text;
    changing->result = rules_.dead_result(record);
  }
  store(changing, before, *next);
}

/// A completion whose answer was lost on the way is offered again: it is not lost if it is there.
void Hub::refused(const std::shared_ptr<Changing>& changing, const Reply& found, const Error& why) {
  const auto* complete = std::get_if<Complete>(&changing->change);
  const Reply& fields = found.at(2);
  if (complete == nullptr || job_of(fields).state != State::Done ||
      number_of(fields, kLast) != complete->lease) {
    if (why.code == Errc::LeaseLost) ++figures_.lease_lost;
    return changing->changed(tl::make_unexpected(why));
  }
  scripts_.run("find", {changing->token, "result"}, [this, changing, why](const Result<Reply>& r) {
    if (r && r->at(3).text == changing->result) return changing->changed(State::Done);
    ++figures_.lease_lost;
    changing->changed(tl::make_unexpected(r ? why : unavailable(r.error())));
  });
}

void Hub::store(const std::shared_ptr<Changing>& changing, const Job& before, const Step& next) {
  failpoint("store.mid_change", {.job = changing->token, .lease = before.lease});
  std::vector<std::string> args{changing->token,
                                std::to_string(static_cast<int>(before.state)),
                                std::to_string(before.lease),
                                std::to_string(static_cast<int>(next.job.state)),
                                std::to_string(next.job.attempt),
                                std::to_string(next.job.deaths),
                                std::to_string(next.job.not_before.count()),
                                std::to_string(rules_.retention.count()),
                                is_terminal(next.job.state) ? changing->result : std::string{}};
  scripts_.run("settle", std::move(args),
               [this, changing, before, next](const Result<Reply>& reply) {
                 if (!reply)
                   return changing->changed(tl::make_unexpected(unavailable(reply.error())));
                 if (reply->at(0).text == "ok") {
                   failpoint("store.after_settle_before_notify",
                             {.job = changing->token, .lease = before.lease});
                   note(reply->at(1));
                   settled(*changing, before, next);
                   return changing->changed(next.job.state);
                 }
                 // Somebody else was faster: what it is now decides.
                 if (++changing->tries < kTriesMax) return decide(changing);
                 changing->changed(fail(Errc::Unavailable, "change", changing->token));
               });
}

void Hub::settled(const Changing& changing, const Job& before, const Step& next) {
  const auto held = holdings_.find(changing.token);
  if (held != holdings_.end() && held->second.lease == before.lease) {
    if (next.stops_holder) held->second.stop.request_stop();
    holdings_.erase(held);
  }
  switch (next.job.state) {
    case State::Done:
      ++figures_.done;
      break;
    case State::Cancelled:
      ++figures_.cancelled;
      break;
    case State::Dead:
      ++figures_.dead;
      log::warning(
          "a job is dead",
          {{"token", changing.token}, {"attempt", next.job.attempt}, {"deaths", next.job.deaths}});
      break;
    default:
      if (std::holds_alternative<Retry>(changing.change)) ++figures_.retried;
      break;
  }
}

}  // namespace evalx::queue::redis
