{-# LANGUAGE TemplateHaskell #-}
module Main where

import Control.Monad
import Inside
import Language.Haskell.TH.Syntax
import System.Directory

main :: IO ()
main = do
  putStrLn $(runIO compileTime >>= lift)
  names <- listDirectory "."
  forM_ (filter ((/= "many-") . take 5) names) putStrLn
  putStrLn "ran"
