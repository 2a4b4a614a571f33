#include "queue/sqlite/callback_table.hpp"

#include "queue/sqlite/job_table.hpp"

namespace evalx::queue::sqlite {
namespace {

constexpr const char* kState = "state, round, attempt, lost, lease";

/// From kState, whose first column is `first`.
Callback callback_of(Use& use, int first) {
  Callback callback;
  callback.state = static_cast<CallbackState>(use->getColumn(first).getInt());
  callback.round = use->getColumn(first + 1).getUInt();
  callback.attempt = use->getColumn(first + 2).getUInt();
  callback.lost = use->getColumn(first + 3).getUInt();
  callback.lease = static_cast<std::uint64_t>(use->getColumn(first + 4).getInt64());
  return callback;
}

void bind_wall(Use& use, int index, std::optional<Clock::WallInstant> instant) {
  if (instant) {
    use->bind(index, to_column(*instant));
  } else {
    use->bind(index);
  }
}

}  // namespace

CallbackTable::CallbackTable(SQLite::Database& db)
    : db_(db),
      add_(db, "INSERT INTO callback VALUES (?1, ?2, ?3, 0, 0, 0, 0, 0, NULL, NULL, NULL, '')"),
      of_job_(db, std::string{"SELECT token, lane, "} + kState +
                      " FROM callback WHERE token = (SELECT token FROM job WHERE id = ?1)"),
      look_up_(db,
               std::string{"SELECT lane, since_us, "} + kState + " FROM callback WHERE token = ?1"),
      target_(db, "SELECT target FROM callback WHERE token = ?1"),
      write_(db,
             "UPDATE callback SET state = ?2, round = ?3, attempt = ?4, lost = ?5, lease = ?6, "
             "since_us = ?7, due_us = ?8, ended_us = ?9 WHERE token = ?1"),
      set_words_(db, "UPDATE callback SET words = ?2 WHERE token = ?1"),
      forget_(db, "DELETE FROM callback WHERE token = ?1") {}

Result<> CallbackTable::add(const std::string& token, const CallbackRequest& request) {
  return caught("add callback", [&]() -> Result<> {
    Use use{add_};
    use->bindNoCopy(1, token);
    use->bindNoCopy(2, request.lane);
    use->bindNoCopy(3, static_cast<const void*>(request.target.data()),
                    static_cast<int>(request.target.size()));
    use->exec();
    return {};
  });
}

Result<std::optional<CallbackTable::Row>> CallbackTable::of_job(JobId id) {
  return caught("look up callback", [&]() -> Result<std::optional<Row>> {
    Use use{of_job_};
    use->bind(1, id);
    if (!use->executeStep()) return std::nullopt;
    return Row{use->getColumn(0).getString(), use->getColumn(1).getString(), callback_of(use, 2)};
  });
}

Result<> CallbackTable::write(const Row& row, std::optional<Wall> since, std::optional<Wall> due,
                              std::optional<Wall> ended) {
  return caught("store callback", [&]() -> Result<> {
    Use use{write_};
    use->bindNoCopy(1, row.token);
    use->bind(2, static_cast<int>(row.callback.state));
    use->bind(3, row.callback.round);
    use->bind(4, row.callback.attempt);
    use->bind(5, row.callback.lost);
    use->bind(6, static_cast<std::int64_t>(row.callback.lease));
    bind_wall(use, 7, since);
    bind_wall(use, 8, due);
    bind_wall(use, 9, ended);
    use->exec();
    return {};
  });
}

Result<> CallbackTable::job_ended(JobId id, Wall now) {
  EVALX_TRY(auto row, of_job(id));
  if (!row) return {};
  row->callback = after_job_ended(row->callback, {});
  EVALX_TRY_VOID(write(*row, now, now, std::nullopt));
  EVALX_TRY_VOID(set_words(row->token, ""));
  moved_.push_back({std::move(row->token), std::move(row->lane), now});
  return {};
}

Result<> CallbackTable::job_redriven(JobId id) {
  EVALX_TRY(auto row, of_job(id));
  if (!row) return {};
  row->callback = after_job_redriven(row->callback);
  EVALX_TRY_VOID(write(*row, std::nullopt, std::nullopt, std::nullopt));
  moved_.push_back({std::move(row->token), std::move(row->lane), std::nullopt});
  return {};
}

Result<> CallbackTable::forget(JobId id) {
  EVALX_TRY(const auto row, of_job(id));
  if (!row) return {};
  return forget(row->token, row->lane);
}

Result<> CallbackTable::forget(const std::string& token, const std::string& lane) {
  return caught("forget callback", [&]() -> Result<> {
    Use use{forget_};
    use->bindNoCopy(1, token);
    use->exec();
    moved_.push_back({token, lane, std::nullopt});
    return {};
  });
}

Result<std::optional<CallbackTable::Stored>> CallbackTable::look_up(const std::string& token) {
  return caught("look up callback", [&]() -> Result<std::optional<Stored>> {
    Use use{look_up_};
    use->bindNoCopy(1, token);
    if (!use->executeStep()) return std::nullopt;
    return Stored{callback_of(use, 2), use->getColumn(0).getString(),
                  from_column(use->getColumn(1).getInt64())};
  });
}

Result<std::string> CallbackTable::target(const std::string& token) {
  return caught("read callback", [&]() -> Result<std::string> {
    Use use{target_};
    use->bindNoCopy(1, token);
    if (!use->executeStep()) return std::string{};
    return blob(use->getColumn(0));
  });
}

Result<> CallbackTable::store(const std::string& token, const Stored& changed, Wall next) {
  const Row row{token, changed.lane, changed.callback};
  const CallbackState state = changed.callback.state;
  const bool waits = state == CallbackState::Waiting;
  const bool is_over = !holds_its_job(state);
  return write(row, changed.since, waits ? std::optional{next} : std::nullopt,
               is_over ? std::optional{next} : std::nullopt);
}

Result<> CallbackTable::set_words(const std::string& token, const std::string& words) {
  return caught("store callback", [&]() -> Result<> {
    Use use{set_words_};
    use->bindNoCopy(1, token);
    use->bindNoCopy(2, words);
    use->exec();
    return {};
  });
}

Result<std::vector<CallbackTable::Open>> CallbackTable::recover(Wall now, bool charged) {
  std::vector<Open> open;
  std::vector<std::pair<std::string, Stored>> sent;
  EVALX_TRY_VOID(caught("list callbacks", [&]() -> Result<> {
    SQLite::Statement list{db_, std::string{"SELECT token, lane, since_us, due_us, "} + kState +
                                    " FROM callback WHERE state BETWEEN 1 AND 2"};
    Use use{list};
    while (use->executeStep()) {
      const Callback callback = callback_of(use, 4);
      const Wall since = from_column(use->getColumn(2).getInt64());
      open.push_back({use->getColumn(0).getString(), use->getColumn(1).getString(), since,
                      from_column(use->getColumn(3).getInt64())});
      if (callback.state == CallbackState::Waiting) continue;
      sent.emplace_back(open.back().token, Stored{callback, open.back().lane, since});
      open.pop_back();
    }
    return {};
  }));
  for (auto& [token, stored] : sent) {
    stored.callback = charged ? after_sender_died(stored.callback, {})
                              : *after_attempt(stored.callback, stored.callback.lease,
                                               {CallbackEnd::Kind::Uncharged}, {});
    const Wall due = now + stored.callback.due;
    EVALX_TRY_VOID(store(token, stored, due));
    open.push_back({token, stored.lane, stored.since, due});
  }
  return open;
}

Result<> CallbackTable::release_all() {
  return caught("release callbacks", [&]() -> Result<> {
    db_.exec(
        "UPDATE callback SET state = 1, attempt = attempt - 1, lease = 0, due_us = since_us "
        "WHERE state = 2");
    return {};
  });
}

}  // namespace evalx::queue::sqlite
