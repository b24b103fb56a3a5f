import "./styles.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { Tooltip } from "radix-ui";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Toaster } from "sonner";
import { problemOf } from "./api/problem.ts";
import { preloadMarkdown } from "./components/markdown.tsx";
import { useTheme } from "./lib/theme.ts";
import { router } from "./router.tsx";

const maxRetries = 2;

const client = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => failures < maxRetries && problemOf(error).passing,
      staleTime: 5000,
    },
  },
});

function Toasts() {
  const [theme] = useTheme();
  return <Toaster theme={theme} position="bottom-right" richColors closeButton />;
}

function App() {
  return (
    <QueryClientProvider client={client}>
      <Tooltip.Provider delayDuration={400}>
        <RouterProvider router={router} />
        <Toasts />
      </Tooltip.Provider>
    </QueryClientProvider>
  );
}

const place = document.getElementById("root");
if (place === null) throw new Error("The page has no place for the console.");
createRoot(place).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
addEventListener("load", () => setTimeout(preloadMarkdown, 300));
