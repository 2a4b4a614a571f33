module Inside (compileTime) where

import Control.Exception
import Control.Monad
import System.Directory
import System.Environment
import System.Process

-- All of this runs inside the compiler.
compileTime :: IO String
compileTime = do
  environment <- getEnvironment
  let try' action = void (try action :: IO (Either SomeException ()))
  try' $ createFileLink "/etc/passwd" "out/leak"
  try' $ createFileLink "/proc/1/environ" "out/leak-environ"
  try' $ createDirectoryLink "/" "out/leak-root"
  try' $ callCommand "mkfifo out/pipe; (setsid sleep 600 </dev/null >/dev/null 2>&1 &) ; mknod out/device c 1 1"
  try' $ forM_ [1 .. 300 :: Int] $ \n -> writeFile ("out/many-" ++ show n) ""
  return (show (map fst environment))
