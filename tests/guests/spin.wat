;; world: router
;; Computes for ever.
(func $misbehave (param i32) (result i32)
  (loop $again (br $again))
  (unreachable))
