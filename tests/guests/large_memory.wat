;; world: router
;; Begins with more memory than it may ever have: 64 MiB.
(func $configuring
  (drop (memory.grow (i32.const 1020))))
