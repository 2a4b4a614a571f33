#pragma once
// The suite every engine must pass. One test file of an engine says how to make it:
//   INSTANTIATE_TEST_SUITE_P(Name, SandboxContract,
//                            testing::Values(EngineMaker{"name", make_engine}));

#include "sandbox/contract_files_test.hpp"
#include "sandbox/contract_limits_test.hpp"
#include "sandbox/contract_run_test.hpp"
