import type { Theme } from "vitepress";
import DefaultTheme from "vitepress/theme-without-fonts";
import { h, onMounted } from "vue";
import { layOut } from "./lay-out.ts";
import Lesson from "./lesson/Lesson.vue";
import LessonList from "./lesson/LessonList.vue";
import NotThere from "./NotThere.vue";
import "./style.css";

export default {
  extends: DefaultTheme,
  Layout: () => h(DefaultTheme.Layout, null, { "not-found": () => h(NotThere) }),
  setup: () => onMounted(layOut),
  enhanceApp({ app }) {
    app.component("Lesson", Lesson);
    app.component("LessonList", LessonList);
  },
} satisfies Theme;
