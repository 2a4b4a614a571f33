// The contract, part three: files into the box and out of it.

#include <cstdlib>

#include "sandbox/contract_test.hpp"
#include "sandbox/test_unpack.hpp"

namespace evalx::sandbox {

TEST_P(SandboxContract, PlacesFilesAndStartsInTheirFolder) {
  const auto box =
      open(box_with({{"tool", "#!/bin/sh\necho tool\n", true}, {"data/a.txt", "text"}}));
  EXPECT_EQ(run(*box, shell("./tool; cat data/a.txt; pwd; ls")).out.head,
            "tool\ntext/box\ndata\ntool\n");
  RunSpec spec;
  spec.argv = {"/box/tool"};
  EXPECT_EQ(run(*box, spec).out.head, "tool\n");
  spec.argv = {"./tool"};
  EXPECT_EQ(run(*box, spec).out.head, "tool\n");
}

TEST_P(SandboxContract, PlacesFilesThatTheProgramCannotChange) {
  EVALX_NEEDS(Promise::ProtectsItsFiles);
  const auto box =
      open(box_with({{"tool", "#!/bin/sh\necho tool\n", true}, {"data/a.txt", "text"}}));
  const Outcome outcome = run(*box, shell("echo x > tool; rm -f tool; mv tool t; chmod 777 tool; "
                                          "echo x > data/b; ./tool; ls . data"));
  EXPECT_EQ(outcome.out.head, "tool\n.:\ndata\ntool\n\ndata:\na.txt\n");
}

TEST_P(SandboxContract, GivesEveryRunTheOriginalFiles) {
  const auto box = open(box_with({{"tool", "#!/bin/sh\necho tool\n", true}}));
  run(*box, shell("chmod 777 . tool; echo x > tool; rm -f tool; touch other"));
  EXPECT_EQ(run(*box, shell("./tool; ls")).out.head, "tool\ntool\n");
}

TEST_P(SandboxContract, LeavesNothingForTheNextRunOfTheSameBox) {
  const auto box = open();
  run(*box, shell("echo a > /box/f; echo b > /tmp/f; echo c > /dev/shm/f; mkdir -p /tmp/d/e; "
                  "mkdir d; touch d/f; chmod 000 d"));
  EXPECT_EQ(run(*box, shell("find /box /tmp /dev/shm -mindepth 1")).out.head, "");
}

TEST_P(SandboxContract, BoundsTheBoxInBytesAndFiles) {
  EVALX_NEEDS(Promise::BoundsTheBox);
  BoxSpec spec;
  spec.size = mebibytes(1);
  spec.inodes = 64;
  const auto box = open(spec);
  EXPECT_NE(run(*box, shell("head -c 3000000 /dev/zero > big; wc -c < big")).out.head, "3000000\n");
  EXPECT_LT(std::atoi(run(*box, shell("for i in $(seq 100); do : > f$i || break; done; ls | wc -l"))
                          .out.head.c_str()),
            64);
}

/// The size of a box is for what programs write: its own files never fill it.
TEST_P(SandboxContract, PlacesFilesBeyondTheSizeOfTheBox) {
  std::vector<ProgramFile> files{{"large", std::string(mebibytes(9).count, 'x')}};
  for (int i = 0; i < 600; ++i) files.push_back({std::to_string(i) + "/d/file", "x"});
  BoxSpec spec = box_with(files);
  spec.size = mebibytes(1);
  spec.inodes = 64;
  const auto box = open(std::move(spec));
  EXPECT_EQ(run(*box, shell("wc -c < large; ls | wc -l")).out.head, "9437184\n601\n");
  EXPECT_EQ(run(*box, shell("ls 599/d")).out.head, "file\n");
}

TEST_P(SandboxContract, TakesFilesAlsoOfALaterRunOfTheSameBox) {
  const auto box = open();
  run(*box, shell("true"));
  for (int i = 0; i < 2; ++i) {
    RunSpec spec = shell("echo x > out/f");
    spec.take = "out";
    const Outcome outcome = run(*box, std::move(spec));
    EXPECT_TRUE(outcome.taken) << outcome.take_problem;
  }
}

TEST_P(SandboxContract, BringsBackWhatAProgramMade) {
  const auto box = open();
  RunSpec spec = shell(
      "mkdir out/d; echo x > out/d/f; echo '#!/bin/sh' > out/t; chmod +x out/t; "
      "ln -s /etc/passwd out/link; mkfifo out/pipe; chmod 000 out/d/f; chmod 700 out/d");
  spec.take = "out";
  const Outcome outcome = run(*box, std::move(spec));
  ASSERT_TRUE(outcome.taken) << outcome.take_problem;
  const auto files = unpack(outcome.taken->get());
  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 2U);
  EXPECT_EQ((*files)[0].path, "d/f");
  EXPECT_EQ((*files)[0].content, "x\n");
  EXPECT_EQ((*files)[1].path, "t");
  EXPECT_TRUE((*files)[1].executable);
}

TEST_P(SandboxContract, BringsBackNothingAfterAFailure) {
  RunSpec spec = shell("echo x > out/f; exit 1");
  spec.take = "out";
  EXPECT_FALSE(run(std::move(spec)).taken);
}

TEST_P(SandboxContract, TakesNothingThroughALink) {
  const auto box = open();
  RunSpec spec =
      shell("ln -s /etc out/etc; rmdir out; mv out o; ln -s /etc out; ln /etc/passwd out/p; true");
  spec.take = "out";
  const Outcome outcome = run(*box, std::move(spec));
  // The program replaced the directory by the link, or could not.
  if (outcome.taken) {
    EXPECT_EQ(unpack(outcome.taken->get()).value().size(), 0U);
  } else {
    EXPECT_NE(outcome.take_problem.find("open out"), std::string::npos) << outcome.take_problem;
  }
}

TEST_P(SandboxContract, RefusesToTakeMoreThanTheBound) {
  const auto box = open();
  RunSpec spec = shell("head -c 100000 /dev/zero > out/f");
  spec.take = "out";
  spec.take_max = Bytes{99'999};
  const Outcome outcome = run(*box, std::move(spec));
  EXPECT_FALSE(outcome.taken);
  EXPECT_NE(outcome.take_problem.find("too much"), std::string::npos) << outcome.take_problem;
}

TEST_P(SandboxContract, ShowsNothingOfTheHostAndChangesNothingThere) {
  EXPECT_EQ(output_of("ls -d /home /root /var /sys /run /etc/shadow 2>/dev/null"), "");
  EXPECT_EQ(output_of("touch /x /usr/x /bin/x /dev/x 2>/dev/null; ls /x /usr/x /dev/x 2>/dev/null"),
            "");
}

}  // namespace evalx::sandbox
