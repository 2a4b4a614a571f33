#pragma once
// The suite that every backend must pass. One test file of a backend defines a Backend and has
//   INSTANTIATE_TEST_SUITE_P(Name, Contract, testing::Values(BackendMaker{make_backend}));
// and the same for CallbacksContract, CheckpointContract, EvictionContract, ExpiryContract,
// OperatingContract and WorkersContract.

#include "queue/contract_callbacks_test.hpp"
#include "queue/contract_callers_test.hpp"
#include "queue/contract_checkpoint_test.hpp"
#include "queue/contract_eviction_test.hpp"
#include "queue/contract_expiry_test.hpp"
#include "queue/contract_jobs_test.hpp"
#include "queue/contract_operating_test.hpp"
#include "queue/contract_workers_test.hpp"
