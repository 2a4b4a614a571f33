// Runs the contract suite on SQLite.
#include "queue/contract_test.hpp"

#include "queue/sqlite/fixture_test.hpp"

namespace evalx::queue::sqlite {
namespace {

class SqliteBackend final : public Backend {
 public:
  std::unique_ptr<Queue> open(std::size_t capacity) override {
    Options options;
    options.directory = scratch_.path();
    options.capacity = capacity;
    options.result_capacity = result_capacity;
    options.rules = kBriskRules;
    return opened(std::move(options), clock_);
  }
  void pass(Milliseconds time) override { clock_.advance(time); }

 private:
  Scratch scratch_;
  HandClock clock_;
};

}  // namespace
}  // namespace evalx::queue::sqlite

namespace evalx::queue {

const BackendMaker kSqlite = [] { return std::make_unique<sqlite::SqliteBackend>(); };
INSTANTIATE_TEST_SUITE_P(Sqlite, Contract, testing::Values(kSqlite));
INSTANTIATE_TEST_SUITE_P(Sqlite, OperatingContract, testing::Values(kSqlite));
INSTANTIATE_TEST_SUITE_P(Sqlite, CheckpointContract, testing::Values(kSqlite));
INSTANTIATE_TEST_SUITE_P(Sqlite, WorkersContract, testing::Values(kSqlite));
INSTANTIATE_TEST_SUITE_P(Sqlite, ExpiryContract, testing::Values(kSqlite));
INSTANTIATE_TEST_SUITE_P(Sqlite, CallbacksContract, testing::Values(kSqlite));
INSTANTIATE_TEST_SUITE_P(Sqlite, EvictionContract, testing::Values(kSqlite));

}  // namespace evalx::queue
