;; world: router
;; Answers with as many deliveries as nearly all the memory it can get holds:
;; 25,000, all of them like the valid one.
(func $misbehave (param i32) (result i32)
 
  (local $at i32)
  (drop (memory.grow (i32.const 28)))
  (local.set $at (i32.const 8192))
  (i32.store offset=16 (global.get $decision) (local.get $at))
  (i32.store offset=20 (global.get $decision) (i32.const 25000))
  (loop $again
    (memory.copy (local.get $at) (global.get $delivery) (i32.const 80))
    (local.set $at (i32.add (local.get $at) (i32.const 80)))
    (br_if $again (i32.lt_u (local.get $at) (i32.const 2008192))))
  (global.get $decision))
