;; world: router
;; Answers with four thousand million deliveries, which no memory holds.
(func $misbehave (param i32) (result i32)
  (i32.store offset=20 (global.get $decision) (i32.const 0xffffffff))
  (global.get $decision))
