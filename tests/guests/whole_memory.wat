;; world: router
;; Takes all the memory that it gets in `configure`.
(func $configuring
  (loop $again
    (br_if $again (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))))
