// Hub: jobs are accepted, found and listed, and tell of their progress.
#include "base/failpoint.hpp"
#include "queue/redis/hub.hpp"
#include "queue/redis/stored.hpp"

namespace evalx::queue::redis {
namespace {

constexpr std::size_t kWaitingPostsMax = 16'384;
constexpr std::chrono::seconds kKeysAreRemembered = std::chrono::hours{24};

}  // namespace

void Hub::accept(std::vector<NewJob> jobs, std::shared_ptr<Call<std::vector<Accepted>>> call) {
  std::vector<std::string> args{std::to_string(rules_.capacity),
                                std::to_string(kKeysAreRemembered.count())};
  for (NewJob& job : jobs) {
    args.push_back(std::move(job.token));
    args.push_back(std::move(job.spec));
    args.push_back(job.idempotency ? job.idempotency->key : std::string{});
    args.push_back(job.idempotency ? job.idempotency->body_digest : std::string{});
    args.push_back(job.expires_after ? std::to_string(Microseconds{*job.expires_after}.count())
                                     : std::string{});
  }
  post([this, args = std::move(args), call = std::move(call)]() mutable {
    if (closed_) {
      call->answer(fail(Errc::Unavailable, "the queue is closing"));
      return;
    }
    scripts_.run("accept", std::move(args), [this, call](const Result<Reply>& reply) {
      if (!reply) {
        call->answer(tl::make_unexpected(unavailable(reply.error().what)));
        return;
      }
      const std::string& verdict = reply->at(0).text;
      if (verdict != "ok") {
        call->answer(fail(verdict == "full"       ? Errc::Full
                          : verdict == "conflict" ? Errc::IdempotencyConflict
                                                  : Errc::Unavailable,
                          "accept"));
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
    if (parts == Parts::All) {
      args.emplace_back("spec");
      args.emplace_back("failures");
    }
    scripts_.run("find", std::move(args), [token, call](const Result<Reply>& reply) {
      if (!reply) {
        call->answer(tl::make_unexpected(unavailable(reply.error().what)));
      } else if (const auto found = is_found(*reply); !found) {
        call->answer(tl::make_unexpected(unavailable(found.error().what)));
      } else if (!*found) {
        call->answer(fail(Errc::NotFound, "find job", token));
      } else {
        Record record = record_of(token, reply->at(2));
        record.result = reply->at(3).text;
        record.spec = reply->at(4).text;
        record.failures = failures_of(reply->at(5));
        call->answer(std::move(record));
      }
    });
  });
}

void Hub::list(ListFilter filter, std::shared_ptr<Call<Listing>> call) {
  if (auto good = check_filter(filter); !good) {
    call->answer(tl::make_unexpected(good.error()));
    return;
  }
  // A cursor is "SCORE TOKEN", and what stands in it only chooses where to begin.
  const std::size_t blank = filter.after.find(' ');
  const bool is_cursor = blank != std::string::npos && blank > 0 && blank <= 16 &&
                         filter.after.find_first_not_of("0123456789") == blank;
  if (!filter.after.empty() && !is_cursor) {
    call->answer(fail(std::make_error_code(std::errc::invalid_argument),
                      "list: after must be the end of an earlier page"));
    return;
  }
  std::vector<std::string> args{
      std::to_string(static_cast<int>(filter.state)), std::to_string(filter.older_than.count()),
      std::to_string(filter.limit), is_cursor ? filter.after.substr(0, blank) : std::string{},
      is_cursor ? filter.after.substr(blank + 1) : std::string{}};
  post([this, args = std::move(args), call = std::move(call)]() mutable {
    scripts_.run("list", std::move(args), [call](const Result<Reply>& reply) {
      if (!reply) {
        call->answer(tl::make_unexpected(unavailable(reply.error().what)));
        return;
      }
      Listing page;
      page.now = instant_of(reply->at(1).number().value_or(0));
      for (const Reply& entry : reply->at(2).list) page.jobs.push_back(listed_of(entry));
      if (!reply->at(3).text.empty()) page.next = reply->at(3).text + " " + reply->at(4).text;
      call->answer(std::move(page));
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

}  // namespace evalx::queue::redis
