{-# LANGUAGE TemplateHaskell #-}
module Main where

import Control.Exception
import Control.Monad
import Inside
import Language.Haskell.TH.Syntax
import System.Directory

main :: IO ()
main = do
  mapM_ putStrLn $(runIO compileTime >>= lift)
  names <- listDirectory "."
  forM_ (filter ((/= "many-") . take 5) names) (putStrLn . ("came through " ++))
  temporary <- listDirectory "/tmp"
  forM_ temporary (putStrLn . ("left in /tmp " ++))
  swap <- try (readFile "swap" >>= \content -> length content `seq` return content) :: IO (Either IOException String)
  either (const (return ())) (putStr . ("swap is " ++)) swap
  putStrLn "ran"
