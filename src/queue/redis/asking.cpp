// Hub: requests that one script answers: find, list, checkpoint, progress, workers, callbacks.
#include <algorithm>

#include "queue/redis/hub.hpp"
#include "queue/redis/stored.hpp"

namespace evalx::queue::redis {
namespace {

/// The last score and token of a page: both empty for the first page. Errors: invalid_argument.
Result<std::pair<std::string, std::string>> parse_cursor(const std::string& after,
                                                         const std::string& what) {
  if (after.empty()) return {};
  // "SCORE TOKEN", or "CURSOR -" of SCAN. It only decides where the page begins.
  const std::size_t blank = after.find(' ');
  const bool is_cursor = blank != std::string::npos && blank > 0 && blank <= 20 &&
                         after.find_first_not_of("0123456789") == blank;
  if (is_cursor) return std::pair{after.substr(0, blank), after.substr(blank + 1)};
  return fail(std::make_error_code(std::errc::invalid_argument),
              what + ": after must be the end of an earlier page");
}

}  // namespace

template <class T, class Read>
void Hub::ask(std::string_view script, std::vector<std::string> args, std::shared_ptr<Call<T>> call,
              Read read) {
  thread_.post([this, script, args = std::move(args), call = std::move(call),
                read = std::move(read)]() mutable {
    if (closed_) {
      call->answer(fail(Errc::Unavailable, "the queue is closing"));
      return;
    }
    scripts_.run(script, std::move(args),
                 [call = std::move(call), read = std::move(read)](const Result<Reply>& reply) {
                   if (reply) {
                     call->answer(read(*reply));
                   } else {
                     call->answer(tl::make_unexpected(unavailable(reply.error().what)));
                   }
                 });
  });
}

void Hub::accept(std::vector<NewJob> jobs, std::shared_ptr<Call<std::vector<Accepted>>> call) {
  accepting_.accept(std::move(jobs), std::move(call));
}

void Hub::find(std::string token, Parts parts, std::shared_ptr<Call<Record>> call) {
  std::vector<std::string> args{token, "result"};
  if (parts == Parts::All) {
    args.emplace_back("spec");
    args.emplace_back("failures");
  }
  ask("find", std::move(args), std::move(call), [token](const Reply& reply) -> Result<Record> {
    const auto found = is_found(reply);
    if (!found) return tl::make_unexpected(unavailable(found.error().what));
    if (!*found) return fail(why_missing(reply), "find job", token);
    Record record = record_of(token, reply.at(2));
    record.result = reply.at(3).text;
    record.spec = reply.at(4).text;
    record.failures = failures_of(reply.at(5));
    if (reply.at(4).kind == Reply::Kind::Text) {
      record.spec_digest = reply.at(2).at(kSpecDigest).text;
    }
    const bool has_result = reply.at(3).kind == Reply::Kind::Text;
    const bool is_over = is_terminal(record.state);
    // A bit of the state may have changed. An expired result has no digest any more.
    if ((is_over && !has_result && record.result_digest.empty()) || (!is_over && record.ended_at)) {
      record.damage = "job";
    }
    return record;
  });
}

void Hub::erase(std::string token, std::shared_ptr<Call<void>> call) {
  ask("erase", {token}, std::move(call), [token](const Reply& reply) -> Result<> {
    if (reply.at(0).text == "ok") return {};
    return fail(Errc::NotFound, "erase", token);
  });
}

void Hub::list(ListFilter filter, std::shared_ptr<Call<Listing>> call) {
  if (auto good = check_filter(filter); !good) {
    call->answer(tl::make_unexpected(good.error()));
    return;
  }
  auto cursor = parse_cursor(filter.after, "list");
  if (!cursor) {
    call->answer(tl::make_unexpected(cursor.error()));
    return;
  }
  std::vector<std::string> args{
      std::to_string(static_cast<int>(filter.state)), std::to_string(filter.older_than.count()),
      std::to_string(filter.limit), std::move(cursor->first), std::move(cursor->second)};
  ask("list", std::move(args), std::move(call), [](const Reply& reply) -> Result<Listing> {
    Listing page;
    page.now = instant_of(reply.at(1).number().value_or(0));
    for (const Reply& entry : reply.at(2).list) page.jobs.push_back(listed_of(entry));
    if (!reply.at(3).text.empty()) page.next = reply.at(3).text + " " + reply.at(4).text;
    return page;
  });
}

void Hub::checkpoint(LeaseId id, std::string part, std::shared_ptr<Call<void>> call) {
  if (auto fits = check_part(part); !fits) {
    call->answer(std::move(fits));
    return;
  }
  std::vector<std::string> args{id.token, std::to_string(id.lease), std::move(part),
                                std::to_string(kCheckpointBytesMax),
                                std::to_string(options_.retention.count())};
  thread_.post(
      [this, id = std::move(id), args = std::move(args), call = std::move(call)]() mutable {
        // The tests of the part are among these events.
        if (const auto last = outbox_.last_of(id)) args.push_back(std::to_string(*last));
        ask("checkpoint", std::move(args), std::move(call),
            [token = std::move(id.token)](const Reply& reply) -> Result<> {
              const std::string& outcome = reply.at(0).text;
              if (outcome == "ok") return {};
              return fail(outcome == "full" ? Errc::Full : Errc::LeaseLost, "checkpoint", token);
            });
      });
}

void Hub::progress(LeaseId id, std::string kind, std::string data) {
  outbox_.add(std::move(id), std::move(kind), std::move(data));
}

void Hub::workers(std::shared_ptr<Call<LiveWorkers>> call) {
  std::vector<std::string> args{std::to_string(kWorkersListedMax),
                                std::to_string(kAnnouncementBytesMax)};
  ask("workers", std::move(args), std::move(call), [](const Reply& reply) -> Result<LiveWorkers> {
    LiveWorkers live;
    live.now = instant_of(reply.at(1).number().value_or(0));
    for (const Reply& entry : reply.at(2).list) {
      LiveWorker& worker = live.workers.emplace_back();
      worker.session = entry.at(0).text;
      if (const auto since = entry.at(1).number()) worker.since = instant_of(*since);
      worker.announcement = entry.at(2).text;
      worker.jobs = entry.at(3).number().value_or(0);
    }
    std::sort(live.workers.begin(), live.workers.end(),
              [](const auto& a, const auto& b) { return a.session < b.session; });
    return live;
  });
}

void Hub::list_callbacks(CallbackFilter filter, std::shared_ptr<Call<CallbackListing>> call) {
  if (auto good = check_filter(filter); !good) {
    call->answer(tl::make_unexpected(good.error()));
    return;
  }
  auto cursor = parse_cursor(filter.after, "list callbacks");
  if (!cursor) {
    call->answer(tl::make_unexpected(cursor.error()));
    return;
  }
  const bool is_of_dead = filter.which == CallbackFilter::Which::Dead;
  std::vector<std::string> args{is_of_dead ? "callbacks_dead" : "callbacks",
                                std::to_string(filter.limit), std::move(cursor->first),
                                std::move(cursor->second)};
  ask("list_callbacks", std::move(args), std::move(call),
      [](const Reply& reply) -> Result<CallbackListing> {
        CallbackListing page;
        page.now = instant_of(reply.at(1).number().value_or(0));
        for (const Reply& entry : reply.at(2).list) {
          page.callbacks.push_back(listed_callback_of(entry));
        }
        if (!reply.at(3).text.empty()) page.next = reply.at(3).text + " " + reply.at(4).text;
        return page;
      });
}

void Hub::find_callback(std::string token, std::shared_ptr<Call<ListedCallback>> call) {
  ask("find_callback", {token}, std::move(call),
      [token](const Reply& reply) -> Result<ListedCallback> {
        if (reply.at(0).text == "ok") return listed_callback_of(reply.at(1));
        return fail(Errc::NotFound, "find callback", token);
      });
}

void Hub::resend_callback(std::string token, std::shared_ptr<Call<void>> call) {
  ask("resend_callback", {token}, std::move(call), [token](const Reply& reply) -> Result<> {
    if (reply.at(0).text == "ok") return {};
    return fail(Errc::NotFound, "resend callback", token);
  });
}

void Hub::withdraw_callback(std::string token, std::shared_ptr<Call<void>> call) {
  std::vector<std::string> args{token, std::to_string(options_.retention.count())};
  ask("withdraw_callback", std::move(args), std::move(call),
      [token](const Reply& reply) -> Result<> {
        if (reply.at(0).text == "ok") return {};
        return fail(Errc::NotFound, "withdraw callback", token);
      });
}

}  // namespace evalx::queue::redis
